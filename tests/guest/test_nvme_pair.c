// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drive to drive, the way it is done without a dma-buf: two drives share a type 1
 * container, in which the CMB of the second is mapped like memory.  What that
 * lacks is seen here, too: nobody tells the first drive of a reset.
 */
#include <unistd.h>

#include "drive.h"
#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "pattern.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

/* A page of the second drive's CMB, behind its queue */
#define PAGE		3

static struct vfio_container container;
static struct drive first, second;
static struct importer peer = { .fd = -1 };

/* All of the CMB, where the second drive itself has it */
static int setup(void **state)
{
	assert_ok(vfio_container_open(&container));
	drive_open(&first, &container, 0);
	drive_open(&second, &container, 1);
	assert_ok(vfio_container_map(&container, second.nvme.cmb,
				     second.nvme.cmb_address,
				     second.nvme.cmb_size));
	return 0;
}

/* Also after a test that failed; the importer detaches as it is closed. */
static int teardown(void **state)
{
	if (peer.fd >= 0)
		importer_close(&peer);
	peer.fd = -1;
	drive_close(&second);
	drive_close(&first);
	vfio_container_close(&container);
	return 0;
}

static void poison(unsigned int seed)
{
	pattern_fill_io(drive_cmb(&second, PAGE), NVME_PAGE, seed, 0);
}

static void expect_poison(unsigned int seed)
{
	assert_int_equal(pattern_check_io(drive_cmb(&second, PAGE), NVME_PAGE,
					  seed, 0), NVME_PAGE);
}

static void expect_blocks(__u64 block)
{
	const volatile __u32 *page = (void *)drive_cmb(&second, PAGE);
	__u32 wanted[NVME_PAGE / 4];
	unsigned int i;

	drive_read(&first, block, (char *)wanted);
	for (i = 0; i < NVME_PAGE / 4; i++)
		assert_int_equal(page[i], wanted[i]);
}

/* What the first drive reads is in the second one's CMB, and on its disk. */
static void copy_to_second(__u64 from, __u64 to)
{
	const __u64 address = drive_cmb_address(&second, PAGE);

	poison(from);
	drive_io(&first, NVME_READ, from, address);
	expect_blocks(from);
	drive_io(&second, NVME_WRITE, to, address);
	drive_is_copy(&second, to, &first, from);
}

/* The first drive takes what it writes from there. */
static void copy_to_first(__u64 from, __u64 to)
{
	const __u64 address = drive_cmb_address(&second, PAGE);

	poison(from);
	drive_io(&second, NVME_READ, from, address);
	drive_io(&first, NVME_WRITE, to, address);
	expect_blocks(to);
	drive_is_copy(&first, to, &second, from);
}

static void test_drive_to_drive(void **state)
{
	__u64 block;

	for (block = 64; block < 96; block += DRIVE_BLOCKS) {
		copy_to_second(block, 2048 + block);
		copy_to_first(block, 4096 + block);
	}
}

/* A peer with a dma-buf of the same page */
static int share_page(void)
{
	int dmabuf, handle;

	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(importer_open(&peer, env_bdf_or_skip("IMPORTER_EDU0")));
	dmabuf = assert_ok(vfio_feature_dma_buf_range(second.dev.fd,
						      second.nvme.cmb_bar,
						      PAGE * NVME_PAGE,
						      NVME_PAGE));
	handle = assert_ok(importer_attach(&peer, dmabuf, P2P_TEST_DYNAMIC));
	close(dmabuf);
	assert_ok(importer_map(&peer, handle, P2P_TEST_BIDIRECTIONAL));
	return handle;
}

static bool is_mapped(int handle)
{
	struct p2p_test_stat stat;

	assert_ok(importer_stat(&peer, handle, &stat));
	return stat.flags & P2P_TEST_STAT_MAPPED;
}

/*
 * The second drive does not answer for a while.  The holder of a dma-buf has had
 * to let go of it; the first drive reports success for data that nobody has.
 */
static void test_nobody_told(void **state)
{
	const __u64 address = drive_cmb_address(&second, PAGE);
	int handle = share_page();

	poison(1);
	assert_true(is_mapped(handle));
	assert_ok(vfio_config_set_memory(&second.dev, false));
	assert_false(is_mapped(handle));
	drive_io(&first, NVME_READ, 64, address);
	assert_ok(vfio_config_set_memory(&second.dev, true));
	expect_poison(1);
}

/* Through a reset of the second drive the first one keeps its way into it. */
static void test_access_survives_reset(void **state)
{
	const __u64 address = drive_cmb_address(&second, PAGE);
	int handle = share_page();

	assert_ok(vfio_dev_reset(&second.dev));
	assert_false(is_mapped(handle));
	poison(2);
	drive_io(&first, NVME_READ, 72, address);
	expect_blocks(72);
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_drive_to_drive),
		TEST(test_nobody_told),
		TEST(test_access_survives_reset),
	};

	return tap_run(tests, NULL, NULL);
}
