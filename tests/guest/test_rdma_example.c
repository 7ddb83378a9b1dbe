// SPDX-License-Identifier: GPL-2.0-only
/*
 * The RDMA example does what it says.  The RDMA test device has no driver in
 * libibverbs, so that its part is played here, with the same system calls.
 */
#include <stdlib.h>

#include "env.h"
#include "kmod.h"
#include "pattern.h"
#include "rdma.h"
#include "scene.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_reset.h"

#include "../../examples/rdma_register.c"

#define OFFSET	8192
#define LENGTH	16384

static const char nic_name[] = "IMPORTER_EDU1";
static struct scene scene;
static struct rdma nic;

/* Why the last registration failed */
static int refused;

struct ibv_mr *ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset,
				 size_t length, uint64_t iova, int fd,
				 int access)
{
	struct ibv_mr *mr = calloc(1, sizeof(*mr));
	struct rdma_mr ours;
	int ret;

	assert_non_null(mr);
	/* What rdma_reg_dmabuf() passes as the IOVA */
	assert_int_equal(iova, offset);
	ret = rdma_reg_dmabuf(&nic, fd, offset, length, access, &ours);
	if (ret) {
		free(mr);
		refused = -ret;
		errno = -ret;
		return NULL;
	}

	mr->pd = pd;
	mr->length = length;
	mr->handle = ours.handle;
	mr->lkey = ours.key;
	mr->rkey = ours.key;

	return mr;
}

static int setup(void **state)
{
	scene = (struct scene) { .dev.fd = -1, .imp.fd = -1, .control = -1 };
	nic = (struct rdma) { .fd = -1, .work = -1 };
	refused = 0;

	return 0;
}

static int teardown(void **state)
{
	rdma_close(&nic);
	scene_close(&scene);

	return 0;
}

/* What each test begins with; a setup could not skip it. */
static void open_all(void)
{
	rdma_load_or_skip();
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	assert_ok(rdma_open(&nic, env_bdf_or_skip(nic_name)));
}

static struct ibv_mr *run_example(__u64 offset)
{
	struct ibv_pd pd = { .handle = nic.pd };

	return register_slice(&pd, env_bdf_or_skip(nic_name), scene.dev.fd,
			      SCENE_BAR, offset, LENGTH);
}

static void expect_write(const struct ibv_mr *mr, __u32 seed)
{
	const struct rdma_mr ours = { .handle = mr->handle, .key = mr->rkey };
	char data[64];

	pattern_fill(data, sizeof(data), seed, 0);
	assert_ok(rdma_write(&nic, &ours, 128, data, sizeof(data), 0));
	assert_int_equal(pattern_check_io(scene.bar + OFFSET + 128,
					  sizeof(data), seed, 0),
			 sizeof(data));
}

static void test_register(void **state)
{
	struct ibv_mr *mr;

	open_all();
	mr = run_example(OFFSET);
	assert_non_null(mr);
	expect_write(mr, 1);
	assert_ok(vfio_dev_reset(&scene.dev));
	expect_write(mr, 2);
	free(mr);
}

static void test_says_why_not(void **state)
{
	open_all();
	assert_null(run_example(1));
	assert_int_equal(refused, 0);
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_null(run_example(OFFSET));
	assert_int_equal(refused, ENODEV);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(rdma_set_pinned(true));
	assert_null(run_example(OFFSET));
	assert_ok(rdma_set_pinned(false));
	assert_int_equal(refused, EOPNOTSUPP);
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_register),
		TEST(test_says_why_not),
	};

	return tap_run(tests, NULL, NULL);
}
