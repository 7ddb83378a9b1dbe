// SPDX-License-Identifier: GPL-2.0-only
/* The RDMA test device, by system calls: libibverbs has no driver for it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_verbs.h>
#include <rdma/rdma_user_ioctl_cmds.h>

#include "array.h"
#include "rdma.h"
#include "sysfs.h"
#include "tap.h"

#define PARAMETER	"/sys/module/" MODULE_RDMA "/parameters/pinned"

void rdma_load_or_skip(void)
{
	struct utsname uts;
	char path[PATH_MAX];

	uname(&uts);
	snprintf(path, sizeof(path), "/lib/modules/%s/extra/" MODULE_RDMA ".ko",
		 uts.release);
	if (access(path, F_OK)) {
		print_message("this kernel has no InfiniBand\n");
		skip();
	}

	assert_int_equal(system("modprobe -a ib_uverbs " MODULE_RDMA), 0);
}

/* The uverbs device of a PCI function */
static int find_uverbs(const char *bdf, char *device, size_t size)
{
	struct dirent *entry;
	char path[PATH_MAX];
	int ret = -ENODEV;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/infiniband_verbs",
		 bdf);
	dir = opendir(path);
	if (!dir)
		return -errno;

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(device, size, "/dev/infiniband/%s", entry->d_name);
		ret = 0;
		break;
	}
	closedir(dir);

	return ret;
}

/* One call of a method, with attributes as the kernel wants them */
static int invoke(struct rdma *rdma, __u16 object, __u16 method,
		  struct ib_uverbs_attr *attrs, size_t nr)
{
	struct {
		struct ib_uverbs_ioctl_hdr hdr;
		struct ib_uverbs_attr attrs[16];
	} call = {
		.hdr = {
			.length = sizeof(call.hdr) + nr * sizeof(*attrs),
			.object_id = object,
			.method_id = method,
			.num_attrs = nr,
		},
	};

	memcpy(call.attrs, attrs, nr * sizeof(*attrs));
	if (ioctl(rdma->fd, RDMA_VERBS_IOCTL, &call))
		return -errno;

	memcpy(attrs, call.attrs, nr * sizeof(*attrs));

	return 0;
}

/* Up to 8 bytes of input travel in the attribute itself. */
static struct ib_uverbs_attr attr_in(__u16 id, __u16 size, __u64 value)
{
	return (struct ib_uverbs_attr) {
		.attr_id = id,
		.len = size,
		.flags = UVERBS_ATTR_F_MANDATORY,
		.data = value,
	};
}

/* An object by its handle; the kernel fills it in if it makes the object. */
static struct ib_uverbs_attr attr_handle(__u16 id, __u32 handle)
{
	return attr_in(id, 0, handle);
}

static struct ib_uverbs_attr attr_out(__u16 id, __u32 *value)
{
	return attr_in(id, sizeof(*value), (uintptr_t)value);
}

static int get_context(struct rdma *rdma)
{
	__u32 vectors;
	struct ib_uverbs_attr attrs[] = {
		attr_out(UVERBS_ATTR_GET_CONTEXT_NUM_COMP_VECTORS, &vectors),
	};

	return invoke(rdma, UVERBS_OBJECT_DEVICE, UVERBS_METHOD_GET_CONTEXT,
		      attrs, ARRAY_SIZE(attrs));
}

/* There is no method for it, only a command. */
static int alloc_pd(struct rdma *rdma)
{
	struct ib_uverbs_alloc_pd_resp resp;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_alloc_pd cmd;
	} call = {
		.hdr = {
			.command = IB_USER_VERBS_CMD_ALLOC_PD,
			.in_words = sizeof(call) / 4,
			.out_words = sizeof(resp) / 4,
		},
		.cmd.response = (uintptr_t)&resp,
	};

	if (write(rdma->fd, &call, sizeof(call)) != sizeof(call))
		return -errno;

	rdma->pd = resp.pd_handle;

	return 0;
}

int rdma_open(struct rdma *rdma, const char *bdf)
{
	char device[PATH_MAX];
	int ret;

	rdma->work = -1;
	rdma->fd = -1;
	ret = pci_bind(bdf, MODULE_RDMA);
	if (ret)
		return ret;
	ret = find_uverbs(bdf, device, sizeof(device));
	if (ret)
		return ret;

	rdma->fd = open(device, O_RDWR | O_CLOEXEC);
	if (rdma->fd < 0)
		return -errno;

	rdma->work = open("/dev/" P2P_RDMA_DEVICE, O_RDWR | O_CLOEXEC);
	ret = rdma->work < 0 ? -errno : get_context(rdma);
	if (!ret)
		ret = alloc_pd(rdma);
	if (ret)
		rdma_close(rdma);

	return ret;
}

void rdma_close(struct rdma *rdma)
{
	if (rdma->fd >= 0)
		close(rdma->fd);
	if (rdma->work >= 0)
		close(rdma->work);
	rdma->fd = -1;
	rdma->work = -1;
}

int rdma_reg_dmabuf(struct rdma *rdma, int dmabuf, __u64 offset, __u64 length,
		    __u32 access, struct rdma_mr *mr)
{
	__u32 lkey, rkey;
	struct ib_uverbs_attr attrs[] = {
		attr_handle(UVERBS_ATTR_REG_DMABUF_MR_HANDLE, 0),
		attr_handle(UVERBS_ATTR_REG_DMABUF_MR_PD_HANDLE, rdma->pd),
		attr_in(UVERBS_ATTR_REG_DMABUF_MR_OFFSET, 8, offset),
		attr_in(UVERBS_ATTR_REG_DMABUF_MR_LENGTH, 8, length),
		attr_in(UVERBS_ATTR_REG_DMABUF_MR_IOVA, 8, offset),
		attr_in(UVERBS_ATTR_REG_DMABUF_MR_FD, 4, (__u32)dmabuf),
		attr_in(UVERBS_ATTR_REG_DMABUF_MR_ACCESS_FLAGS, 4, access),
		attr_out(UVERBS_ATTR_REG_DMABUF_MR_RESP_LKEY, &lkey),
		attr_out(UVERBS_ATTR_REG_DMABUF_MR_RESP_RKEY, &rkey),
	};
	int ret;

	ret = invoke(rdma, UVERBS_OBJECT_MR, UVERBS_METHOD_REG_DMABUF_MR, attrs,
		     ARRAY_SIZE(attrs));
	if (ret)
		return ret;

	mr->handle = attrs[0].data;
	mr->key = lkey;

	return lkey == rkey ? 0 : -EBADMSG;
}

int rdma_dereg(struct rdma *rdma, const struct rdma_mr *mr)
{
	struct ib_uverbs_attr attrs[] = {
		attr_handle(UVERBS_ATTR_DESTROY_MR_HANDLE, mr->handle),
	};

	return invoke(rdma, UVERBS_OBJECT_MR, UVERBS_METHOD_MR_DESTROY, attrs,
		      ARRAY_SIZE(attrs));
}

int rdma_set_pinned(bool pinned)
{
	return sysfs_write(PARAMETER, pinned ? "Y" : "N");
}

static int do_work(const struct rdma *rdma, const struct rdma_mr *mr,
		   __u64 offset, uintptr_t user, size_t size, __u32 flags)
{
	struct p2p_rdma_work work = {
		.key = mr->key,
		.flags = flags,
		.offset = offset,
		.length = size,
		.user = user,
	};

	return ioctl(rdma->work, P2P_RDMA_WORK, &work) ? -errno : 0;
}

int rdma_write(const struct rdma *rdma, const struct rdma_mr *mr, __u64 offset,
	       const void *buf, size_t size, __u32 flags)
{
	return do_work(rdma, mr, offset, (uintptr_t)buf, size,
		       flags | P2P_RDMA_WRITE);
}

int rdma_read(const struct rdma *rdma, const struct rdma_mr *mr, __u64 offset,
	      void *buf, size_t size, __u32 flags)
{
	return do_work(rdma, mr, offset, (uintptr_t)buf, size, flags);
}

int rdma_stat(const struct rdma *rdma, const struct rdma_mr *mr,
	      struct p2p_rdma_stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	stat->key = mr->key;

	return ioctl(rdma->work, P2P_RDMA_STAT, stat) ? -errno : 0;
}
