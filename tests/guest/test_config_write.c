// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes to config space that take access to the BAR away, give it back, or do
 * neither: PCI_COMMAND and the power state, by all sizes and positions at which
 * a write can cover them.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "peer.h"
#include "stall.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_region.h"

#define D1	1
#define D2	2
#define D3HOT	3

/* No write of these tests is longer. */
#define MAX_WRITE	8

/**
 * struct window - a write that covers a register's first byte
 * @before: how many bytes before the register it begins
 * @size: how long it is
 */
struct window {
	unsigned int before;
	unsigned int size;
};

static struct scene scene;
static struct peer peer;

static int setup(void **state)
{
	scene_open(&scene, "EXPORTER_NVME", "IMPORTER_EDU0");
	peer_begin(&peer, &scene, 8192);
	return 0;
}

static int teardown(void **state)
{
	peer_end(&peer);
	scene_close(&scene);
	return 0;
}

static void config_read(unsigned int pos, void *buf, size_t size)
{
	assert_ok(vfio_region_read(&scene.dev, VFIO_PCI_CONFIG_REGION_INDEX,
				   pos, buf, size));
}

static void config_write(unsigned int pos, const void *buf, size_t size)
{
	assert_ok(vfio_region_write(&scene.dev, VFIO_PCI_CONFIG_REGION_INDEX,
				    pos, buf, size));
}

/*
 * Change bits in the byte at POS by a write that also covers what is around it
 * and leaves that as it is.
 */
static void change_byte(const struct window *window, unsigned int pos,
			__u8 clear, __u8 set)
{
	const unsigned int start = pos - window->before;
	__u8 bytes[MAX_WRITE];

	config_read(start, bytes, window->size);
	bytes[window->before] = (bytes[window->before] & ~clear) | set;
	config_write(start, bytes, window->size);
}

static void write_memory(const struct window *window, bool enable)
{
	change_byte(window, PCI_COMMAND, PCI_COMMAND_MEMORY,
		    enable ? PCI_COMMAND_MEMORY : 0);
	assert_int_equal(vfio_config_memory_enabled(&scene.dev), enable);
}

static void test_memory_off_and_on(void **state)
{
	const struct window *window = *state;

	write_memory(window, false);
	peer_expect_taken(&peer);
	write_memory(window, true);
	peer_expect_given_back(&peer);
}

static void test_memory_on_while_on(void **state)
{
	const struct window *window = *state;

	write_memory(window, true);
	peer_expect_kept(&peer);
}

static void test_memory_off_while_off(void **state)
{
	const struct window *window = *state;

	write_memory(window, false);
	peer_expect_taken(&peer);
	write_memory(window, false);
	peer_expect_still_taken(&peer);
	write_memory(window, true);
	peer_expect_given_back(&peer);
}

/* The second byte of PCI_COMMAND alone: nothing in it matters. */
static void test_command_high_byte(void **state)
{
	const struct window one = { 0, 1 };

	change_byte(&one, PCI_COMMAND + 1, 0, PCI_COMMAND_INTX_DISABLE >> 8);
	peer_expect_kept(&peer);
	change_byte(&one, PCI_COMMAND + 1, PCI_COMMAND_INTX_DISABLE >> 8, 0);
	peer_expect_kept(&peer);
}

/* Registers next to PCI_COMMAND, with zeros where MEMORY would be */
static void test_neighbours(void **state)
{
	const __u8 zeros[4] = {};

	config_write(PCI_STATUS, zeros, 2);
	config_write(PCI_CACHE_LINE_SIZE, zeros, 1);
	config_write(PCI_VENDOR_ID, zeros, 4);
	peer_expect_kept(&peer);
}

/* A write that fails, as its bytes can't be read, changes nothing for long. */
static void test_unreadable_buffer(void **state)
{
	assert_errno(vfio_region_write(&scene.dev, VFIO_PCI_CONFIG_REGION_INDEX,
				       PCI_COMMAND, (void *)16, 2), EFAULT);
	assert_int_equal(vfio_config_memory_enabled(&scene.dev), 1);
	peer_expect_taken_and_given_back(&peer);
}

static unsigned int power_register(void)
{
	return assert_ok(vfio_config_find_cap(&scene.dev, PCI_CAP_ID_PM)) +
	       PCI_PM_CTRL;
}

static void write_power(const struct window *window, unsigned int state)
{
	change_byte(window, power_register(), PCI_PM_CTRL_STATE_MASK, state);
}

static void test_d3hot_and_back(void **state)
{
	const struct window *window = *state;

	write_power(window, D3HOT);
	assert_int_equal(vfio_config_power(&scene.dev), D3HOT);
	peer_expect_taken(&peer);
	write_power(window, 0);
	assert_int_equal(vfio_config_power(&scene.dev), 0);
	peer_expect_given_back(&peer);
}

/* In D3hot no other write brings access back, MEMORY=1 neither. */
static void test_write_in_d3hot(void **state)
{
	const struct window one = { 0, 1 };

	write_power(&one, D3HOT);
	peer_expect_taken(&peer);
	write_memory(&one, true);
	peer_expect_still_taken(&peer);
	write_power(&one, D3HOT);
	peer_expect_still_taken(&peer);
	write_power(&one, 0);
	peer_expect_given_back(&peer);
}

/* The device has neither: it stays in D0, or at least decodes. */
static void test_d1_and_d2(void **state)
{
	const struct window one = { 0, 1 };

	write_power(&one, D1);
	peer_expect_kept(&peer);
	write_power(&one, D2);
	peer_expect_kept(&peer);
	write_power(&one, 0);
	peer_expect_kept(&peer);
}

/* Two reasons at once: access comes back with the end of both. */
static void test_memory_off_in_d3hot(void **state)
{
	const struct window one = { 0, 1 };

	write_power(&one, D3HOT);
	peer_expect_taken(&peer);
	write_memory(&one, false);
	peer_expect_still_taken(&peer);
	write_power(&one, 0);
	peer_expect_still_taken(&peer);
	write_memory(&one, true);
	peer_expect_given_back(&peer);
}

/* Made while memory decode is off: born revoked, usable once it is on. */
static void test_export_while_off(void **state)
{
	struct peer other = { .scene = &scene, .offset = 16384 };

	assert_ok(vfio_config_set_memory(&scene.dev, false));
	peer_expect_taken(&peer);

	other.dmabuf = scene_export(&scene, other.offset, PEER_PAGE);
	assert_errno(importer_attach(&scene.imp, other.dmabuf,
				     P2P_TEST_DYNAMIC), ENODEV);

	assert_ok(vfio_config_set_memory(&scene.dev, true));
	other.handle = assert_ok(importer_attach(&scene.imp, other.dmabuf,
						 P2P_TEST_DYNAMIC));
	peer_map(&other);
	peer_end(&other);
	peer_expect_given_back(&peer);
}

/* Attached while usable, revoked, and never mapped in between */
static void test_attached_unmapped(void **state)
{
	struct p2p_test_stat stat;
	int fd, handle;

	fd = scene_export(&scene, 16384, PEER_PAGE);
	handle = assert_ok(importer_attach(&scene.imp, fd, P2P_TEST_DYNAMIC));
	assert_ok(vfio_config_set_memory(&scene.dev, false));
	assert_ok(importer_stat(&scene.imp, handle, &stat));
	assert_int_equal(stat.notifies, 1);
	assert_int_equal(stat.notifies_mapped, 0);
	assert_errno(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL),
		     ENODEV);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL));
	scene_check_write(&scene, handle, 16384, 64, 7);
	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
	peer_expect_taken_and_given_back(&peer);
}

/*
 * The bytes are changed while the write is held up: importers are told before decode
 * goes off nevertheless, and have let go.
 */
static void test_changed_meanwhile(void **state)
{
	struct stall stall;
	int fd, handle;

	fd = scene_export(&scene, 16384, PEER_PAGE);
	handle = assert_ok(importer_attach(&scene.imp, fd,
					   P2P_TEST_IGNORE_NOTIFY));
	assert_ok(importer_map(&scene.imp, handle, P2P_TEST_BIDIRECTIONAL));
	stall_begin(&stall, &scene.dev,
		    vfio_config_read16(&scene.dev, PCI_COMMAND));
	peer_expect_kept(&peer);

	importer_clear_events(&scene.imp);
	stall_change(&stall, 0);
	stall_resume(&stall);
	assert_ok(importer_wait(&scene.imp, P2P_TEST_EVENT_NOTIFY,
				IMPORTER_TIMEOUT_MS));
	assert_true(vfio_config_memory_enabled(&scene.dev));
	assert_ok(importer_unmap(&scene.imp, handle));
	assert_ok(stall_join(&stall));
	assert_false(vfio_config_memory_enabled(&scene.dev));
	peer_expect_taken(&peer);

	assert_ok(importer_detach(&scene.imp, handle));
	close(fd);
	assert_ok(vfio_config_set_memory(&scene.dev, true));
	peer_expect_given_back(&peer);
}

#define TEST(fn, title, ...) \
	{ title, fn, NULL, NULL, &(struct window) { __VA_ARGS__ } }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_memory_off_and_on, "memory off, on: 1 byte", 0, 1),
		TEST(test_memory_off_and_on, "memory off, on: 2 bytes", 0, 2),
		TEST(test_memory_off_and_on, "memory off, on: 4 bytes", 0, 4),
		TEST(test_memory_off_and_on, "memory off, on: 8 bytes at 0",
		     4, 8),
		TEST(test_memory_off_and_on, "memory off, on: 2 bytes at 3",
		     1, 2),
		TEST(test_memory_off_and_on, "memory off, on: 4 bytes at 2",
		     2, 4),
		TEST(test_memory_on_while_on, "memory on while on: 1 byte",
		     0, 1),
		TEST(test_memory_on_while_on, "memory on while on: 2 bytes",
		     0, 2),
		TEST(test_memory_on_while_on, "memory on while on: 4 bytes",
		     0, 4),
		TEST(test_memory_off_while_off, "memory off while off", 0, 2),
		TEST(test_d3hot_and_back, "D3hot, D0: 1 byte", 0, 1),
		TEST(test_d3hot_and_back, "D3hot, D0: 2 bytes", 0, 2),
		TEST(test_d3hot_and_back, "D3hot, D0: 4 bytes", 0, 4),
		TEST(test_d3hot_and_back, "D3hot, D0: 8 bytes, capability", 4,
		     8),
		cmocka_unit_test(test_command_high_byte),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_unreadable_buffer),
		cmocka_unit_test(test_write_in_d3hot),
		cmocka_unit_test(test_d1_and_d2),
		cmocka_unit_test(test_memory_off_in_d3hot),
		cmocka_unit_test(test_export_while_off),
		cmocka_unit_test(test_attached_unmapped),
		cmocka_unit_test(test_changed_meanwhile),
	};

	return tap_run(tests, setup, teardown);
}
