// SPDX-License-Identifier: GPL-2.0-only
/* The RDMA device: no more than uverbs wants for protection domains and MRs. */
#include <linux/pci.h>

#include "compat.h"
#include "rdma.h"

/* The core allocates them and wants to know how large ours are. */
struct test_ucontext {
	struct ib_ucontext ib;
};

struct test_pd {
	struct ib_pd ib;
};

static int test_query_device(struct ib_device *dev, struct ib_device_attr *attr,
			     struct ib_udata *udata)
{
	attr->max_mr_size = SIZE_MAX;
	attr->page_size_cap = PAGE_SIZE;
	attr->max_mr = INT_MAX;
	attr->max_pd = INT_MAX;

	return 0;
}

static int test_query_port(struct ib_device *dev, u32 port,
			   struct ib_port_attr *attr)
{
	attr->state = IB_PORT_ACTIVE;
	attr->phys_state = IB_PORT_PHYS_STATE_LINK_UP;
	attr->max_mtu = IB_MTU_4096;
	attr->active_mtu = IB_MTU_4096;
	attr->active_width = IB_WIDTH_1X;
	attr->active_speed = IB_SPEED_SDR;
	attr->gid_tbl_len = 1;

	return 0;
}

/* No capabilities: there is no wire. */
static int test_port_immutable(struct ib_device *dev, u32 port,
			       struct ib_port_immutable *immutable)
{
	immutable->gid_tbl_len = 1;

	return 0;
}

static int test_query_gid(struct ib_device *dev, u32 port, int index,
			  union ib_gid *gid)
{
	memset(gid, 0, sizeof(*gid));

	return 0;
}

static int test_alloc_ucontext(struct ib_ucontext *context,
			       struct ib_udata *udata)
{
	return 0;
}

static void test_dealloc_ucontext(struct ib_ucontext *context)
{
}

/* With it an unbind does not wait until user space closes its files. */
static void test_disassociate_ucontext(struct ib_ucontext *context)
{
}

static int test_alloc_pd(struct ib_pd *pd, struct ib_udata *udata)
{
	return 0;
}

static int test_dealloc_pd(struct ib_pd *pd, struct ib_udata *udata)
{
	return 0;
}

static const struct ib_device_ops test_device_ops = {
	.owner = THIS_MODULE,
	.driver_id = RDMA_DRIVER_UNKNOWN,
	.uverbs_abi_ver = 1,
	.query_device = test_query_device,
	.query_port = test_query_port,
	.get_port_immutable = test_port_immutable,
	.query_gid = test_query_gid,
	.alloc_ucontext = test_alloc_ucontext,
	.dealloc_ucontext = test_dealloc_ucontext,
	.disassociate_ucontext = test_disassociate_ucontext,
	.alloc_pd = test_alloc_pd,
	.dealloc_pd = test_dealloc_pd,
	.reg_user_mr_dmabuf = P2P_TEST_REG_DMABUF_OP,
	.dereg_mr = test_dereg_mr,
	INIT_RDMA_OBJ_SIZE(ib_ucontext, test_ucontext, ib),
	INIT_RDMA_OBJ_SIZE(ib_pd, test_pd, ib),
};

/**
 * test_device_create - make a function an RDMA device
 * @pdev: the function
 * @edu: its DMA engine
 *
 * Return: the device, to be ended by test_device_destroy(), or an ERR_PTR.
 */
struct test_device *test_device_create(struct pci_dev *pdev, struct edu *edu)
{
	struct test_device *dev;
	int ret;

	dev = ib_alloc_device(test_device, ib);
	if (!dev)
		return ERR_PTR(-ENOMEM);

	dev->edu = edu;
	dev->ib.dev.parent = &pdev->dev;
	dev->ib.node_type = RDMA_NODE_UNSPECIFIED;
	dev->ib.phys_port_cnt = 1;
	dev->ib.num_comp_vectors = 1;
	ib_set_device_ops(&dev->ib, &test_device_ops);

	ret = ib_register_device(&dev->ib, "p2ptest%d", &pdev->dev);
	if (ret) {
		ib_dealloc_device(&dev->ib);
		return ERR_PTR(ret);
	}

	return dev;
}

/**
 * test_device_destroy - the device is going away
 * @dev: the device
 *
 * The core deregisters all memory regions, which waits for work in progress.
 */
void test_device_destroy(struct test_device *dev)
{
	ib_unregister_device(&dev->ib);
	ib_dealloc_device(&dev->ib);
}
