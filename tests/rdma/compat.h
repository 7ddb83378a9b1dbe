/* SPDX-License-Identifier: GPL-2.0-only */
/* The differences between kernels that the RDMA device has to know. */
#ifndef P2P_TEST_RDMA_COMPAT_H
#define P2P_TEST_RDMA_COMPAT_H

#include <rdma/ib_verbs.h>

/* P2P_TEST_MOVE_NOTIFY: move_notify is invalidate_mappings since Linux 7.1 */
#include "../importer/compat.h"

#include "rdma.h"

struct ib_dmah;

/*
 * The arguments of ib_device_ops::reg_user_mr_dmabuf that come last, of which
 * none matters here: the udata to begin with; the bundle of attributes since
 * "RDMA: Pass uverbs_attr_bundle as part of '.reg_user_mr_dmabuf' API" (Linux
 * 6.12); a DMA handle before it since "IB: Extend UVERBS_METHOD_REG_MR to get
 * DMAH" (Linux 6.17).
 */
static inline struct ib_mr *
test_reg_dmabuf_udata(struct ib_pd *pd, u64 offset, u64 length, u64 iova,
		      int fd, int access, struct ib_udata *udata)
{
	return test_reg_dmabuf(pd, offset, length, iova, fd, access);
}

static inline struct ib_mr *
test_reg_dmabuf_attrs(struct ib_pd *pd, u64 offset, u64 length, u64 iova,
		      int fd, int access, struct uverbs_attr_bundle *attrs)
{
	return test_reg_dmabuf(pd, offset, length, iova, fd, access);
}

static inline struct ib_mr *
test_reg_dmabuf_dmah(struct ib_pd *pd, u64 offset, u64 length, u64 iova,
		     int fd, int access, struct ib_dmah *dmah,
		     struct uverbs_attr_bundle *attrs)
{
	return test_reg_dmabuf(pd, offset, length, iova, fd, access);
}

/* The one that this kernel's op is; it does not compile if it is none. */
#define IS_REG_DMABUF_OP(fn) \
	__same_type(((const struct ib_device_ops *)0)->reg_user_mr_dmabuf, &(fn))

#define P2P_TEST_REG_DMABUF_OP						\
	__builtin_choose_expr(IS_REG_DMABUF_OP(test_reg_dmabuf_udata),	\
			      test_reg_dmabuf_udata,			\
	__builtin_choose_expr(IS_REG_DMABUF_OP(test_reg_dmabuf_attrs),	\
			      test_reg_dmabuf_attrs,			\
			      test_reg_dmabuf_dmah))

#endif /* P2P_TEST_RDMA_COMPAT_H */
