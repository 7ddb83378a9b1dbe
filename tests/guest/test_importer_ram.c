// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test importer itself, with dma-bufs that are plain host memory: what it
 * says about a buffer is what happened to the buffer.  Needs a kernel with
 * udmabuf.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "env.h"
#include "importer.h"
#include "kmod.h"
#include "pattern.h"
#include "sysfs.h"
#include "tap.h"
#include "udmabuf.h"

#define EDU	"IMPORTER_EDU0"
#define SIZE	16384

/**
 * struct ram - a dma-buf over memory of ours
 * @fd: the dma-buf
 * @mem: the memory
 */
struct ram {
	int fd;
	unsigned char *mem;
};

static void ram_create(struct ram *ram)
{
	int memfd;

	memfd = memfd_create("ram", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(memfd >= 0);
	assert_int_equal(ftruncate(memfd, SIZE), 0);
	assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	ram->mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memfd,
			0);
	assert_ptr_not_equal(ram->mem, MAP_FAILED);

	ram->fd = udmabuf_create(memfd, SIZE);
	close(memfd);
	assert_ok(ram->fd);
}

static void ram_destroy(struct ram *ram)
{
	close(ram->fd);
	munmap(ram->mem, SIZE);
}

static int setup(void **state)
{
	return module_ensure(MODULE_IMPORTER);
}

static void check_transfer(struct importer *imp, int handle, struct ram *ram,
			   size_t offset, size_t size, __u32 seed)
{
	unsigned char data[SIZE];

	memset(ram->mem, 0, SIZE);
	pattern_fill(data, size, seed, 0);
	assert_ok(importer_write(imp, handle, offset, data, size));
	assert_int_equal(pattern_check(ram->mem + offset, size, seed, 0), size);
	if (offset)
		assert_int_equal(ram->mem[offset - 1], 0);
	if (offset + size < SIZE)
		assert_int_equal(ram->mem[offset + size], 0);

	pattern_fill(ram->mem + offset, size, seed + 1, 0);
	assert_ok(importer_read(imp, handle, offset, data, size));
	assert_int_equal(pattern_check(data, size, seed + 1, 0), size);
}

static void test_dma(void **state)
{
	enum p2p_test_flavour flavour;
	struct importer imp;
	struct ram ram;

	assert_ok(importer_open(&imp, env_bdf_or_skip(EDU)));
	ram_create(&ram);

	for (flavour = P2P_TEST_DYNAMIC; flavour <= P2P_TEST_FENCE; flavour++) {
		int handle = assert_ok(importer_attach(&imp, ram.fd, flavour));

		assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
		/* odd sizes, more than a command, across pages */
		check_transfer(&imp, handle, &ram, 4095, 2055, flavour);
		assert_ok(importer_detach(&imp, handle));
	}

	ram_destroy(&ram);
	importer_close(&imp);
}

static void test_dma_errnos(void **state)
{
	struct importer imp;
	unsigned char byte;
	struct ram ram;
	int handle;

	assert_ok(importer_open(&imp, env_bdf_or_skip(EDU)));
	ram_create(&ram);
	handle = assert_ok(importer_attach(&imp, ram.fd, P2P_TEST_DYNAMIC));

	assert_errno(importer_read(&imp, handle, 0, &byte, 1), ENXIO);
	assert_errno(importer_unmap(&imp, handle), ENXIO);
	assert_errno(importer_signal(&imp, handle), EOPNOTSUPP);
	assert_errno(importer_map(&imp, handle, 3), EINVAL);
	assert_ok(importer_map(&imp, handle, P2P_TEST_TO_DEVICE));
	assert_errno(importer_map(&imp, handle, P2P_TEST_TO_DEVICE), EALREADY);
	assert_errno(importer_write(&imp, handle, 0, &byte, 1), EACCES);
	assert_ok(importer_read(&imp, handle, SIZE - 1, &byte, 1));
	assert_errno(importer_read(&imp, handle, SIZE, &byte, 1), ERANGE);
	assert_errno(importer_read(&imp, handle, ~0ull, &byte, 1), ERANGE);
	assert_ok(importer_unmap(&imp, handle));
	assert_ok(importer_detach(&imp, handle));
	assert_errno(importer_detach(&imp, handle), ENOENT);

	ram_destroy(&ram);
	importer_close(&imp);
}

static void test_stat_and_events(void **state)
{
	struct p2p_test_sg_entry sg[SIZE / 4096];
	unsigned char data[100] = {};
	struct p2p_test_stat stat;
	struct importer imp;
	struct ram ram;
	int handle;

	assert_ok(importer_open(&imp, env_bdf_or_skip(EDU)));
	ram_create(&ram);
	handle = assert_ok(importer_attach(&imp, ram.fd, P2P_TEST_DYNAMIC));
	assert_errno(importer_sg(&imp, handle, sg, 4), ENXIO);
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	assert_ok(importer_write(&imp, handle, 0, data, sizeof(data)));
	assert_ok(importer_wait(&imp, P2P_TEST_EVENT_DMA_START,
				IMPORTER_TIMEOUT_MS));

	assert_ok(importer_stat(&imp, handle, &stat));
	assert_int_equal(stat.flags, P2P_TEST_STAT_MAPPED);
	assert_int_equal(stat.maps, 1);
	assert_int_equal(stat.unmaps, 0);
	assert_int_equal(stat.dma_bytes, sizeof(data));
	assert_int_equal(importer_sg(&imp, handle, sg, 4), stat.nents);
	assert_true(sg[0].dma_len >= 4096);

	assert_errno(importer_wait(&imp, P2P_TEST_EVENT_UNMAP, 10), ETIMEDOUT);
	assert_ok(importer_unmap(&imp, handle));
	assert_int_equal(importer_wait(&imp, ~0u, IMPORTER_TIMEOUT_MS),
			 P2P_TEST_EVENT_UNMAP);
	assert_ok(importer_stat(&imp, handle, &stat));
	assert_int_equal(stat.flags, 0);
	assert_int_equal(stat.unmaps, 1);

	ram_destroy(&ram);
	importer_close(&imp);
}

/* A file that is closed takes its attachments along; so the module can go. */
static void test_close_and_unload(void **state)
{
	struct importer imp;
	struct ram ram;
	int handle;

	assert_ok(importer_open(&imp, env_bdf_or_skip(EDU)));
	ram_create(&ram);
	handle = assert_ok(importer_attach(&imp, ram.fd, P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	handle = assert_ok(importer_attach(&imp, ram.fd, P2P_TEST_FENCE));
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	assert_errno(module_unload(MODULE_IMPORTER), EWOULDBLOCK);
	importer_close(&imp);

	assert_ok(module_unload(MODULE_IMPORTER));
	ram_destroy(&ram);
	assert_ok(module_ensure(MODULE_IMPORTER));
}

/* The fence keeps others waiting until it is signalled. */
static void test_fence(void **state)
{
	struct p2p_test_stat stat;
	struct importer imp;
	struct ram ram;
	int handle;

	assert_ok(importer_open(&imp, env_bdf_or_skip(EDU)));
	ram_create(&ram);
	handle = assert_ok(importer_attach(&imp, ram.fd, P2P_TEST_FENCE));
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	assert_ok(importer_stat(&imp, handle, &stat));
	assert_int_equal(stat.flags,
			 P2P_TEST_STAT_MAPPED | P2P_TEST_STAT_FENCE);
	assert_ok(importer_signal(&imp, handle));
	assert_ok(importer_stat(&imp, handle, &stat));
	assert_int_equal(stat.flags, 0);
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));

	importer_close(&imp);
	ram_destroy(&ram);
}

static void test_unbind_while_attached(void **state)
{
	const char *bdf = env_bdf_or_skip(EDU);
	struct p2p_test_stat stat;
	struct pollfd pfd = {};
	struct importer imp;
	struct ram ram;
	int handle;

	assert_ok(importer_open(&imp, bdf));
	ram_create(&ram);
	handle = assert_ok(importer_attach(&imp, ram.fd, P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	handle = assert_ok(importer_attach(&imp, ram.fd, P2P_TEST_FENCE));
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));

	assert_ok(pci_unbind(bdf));
	pfd.fd = imp.fd;
	assert_int_equal(poll(&pfd, 1, IMPORTER_TIMEOUT_MS), 1);
	assert_true(pfd.revents & POLLHUP);
	assert_errno(importer_stat(&imp, handle, &stat), ENODEV);
	assert_errno(importer_attach(&imp, ram.fd, P2P_TEST_DYNAMIC), ENODEV);
	importer_close(&imp);
	assert_errno(importer_open(&imp, bdf), ENOENT);

	assert_ok(pci_bind(bdf, MODULE_IMPORTER));
	assert_ok(importer_open(&imp, bdf));
	importer_close(&imp);
	ram_destroy(&ram);
}

static void test_nonpci(void **state)
{
	struct importer imp;
	struct ram ram;
	int handle;

	assert_ok(importer_open_nonpci(&imp));
	ram_create(&ram);
	handle = assert_ok(importer_attach(&imp, ram.fd, P2P_TEST_DYNAMIC));
	assert_ok(importer_map(&imp, handle, P2P_TEST_BIDIRECTIONAL));
	assert_ok(importer_unmap(&imp, handle));
	assert_ok(importer_detach(&imp, handle));
	ram_destroy(&ram);
	importer_close(&imp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dma),
		cmocka_unit_test(test_dma_errnos),
		cmocka_unit_test(test_stat_and_events),
		cmocka_unit_test(test_fence),
		cmocka_unit_test(test_close_and_unload),
		cmocka_unit_test(test_unbind_while_attached),
		cmocka_unit_test(test_nonpci),
	};

	return tap_run(tests, setup, NULL);
}
