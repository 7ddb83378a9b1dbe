// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes from one device to another: by peer-to-peer, or through the host's memory
 * as it is done without, which takes two DMAs and a copy from what one driver can
 * use to what the other can.
 *
 * The time is what this thread runs; a DMA of QEMU's edu has no speed to speak of.
 * The importer is one behind the IOMMU: QEMU has its IOMMU also see what a switch
 * would keep from it, bus addresses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/udmabuf.h>

#include "rows.h"
#include "sample.h"
#include "tap.h"
#include "vfio_region.h"

/* What the importers can move in one go */
#define BYTES	P2P_TEST_DMA_MAX
#define SAMPLES	3

/**
 * struct end - memory that a device can reach
 * @importer: the device
 * @dmabuf: of the memory
 * @handle: its attachment, mapped
 * @memory: as the CPU sees it
 */
struct end {
	struct importer *importer;
	int dmabuf;
	int handle;
	void *memory;
};

static void attach(struct end *end, struct importer *importer)
{
	end->importer = importer;
	end->handle = assert_ok(importer_attach(importer, end->dmabuf,
						P2P_TEST_DYNAMIC));
	assert_ok(importer_map(importer, end->handle, P2P_TEST_BIDIRECTIONAL));
}

static void detach(struct end *end)
{
	assert_ok(importer_unmap(end->importer, end->handle));
	assert_ok(importer_detach(end->importer, end->handle));
	munmap(end->memory, BYTES);
	close(end->dmabuf);
}

static void host_memory(struct end *end, int udmabuf, struct importer *importer)
{
	struct udmabuf_create create = { .size = BYTES };
	const int memfd = memfd_create("host", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(memfd >= 0);
	assert_int_equal(ftruncate(memfd, BYTES), 0);
	assert_int_equal(fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	end->memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			   memfd, 0);
	assert_ptr_not_equal(end->memory, MAP_FAILED);
	memset(end->memory, 0, BYTES);
	create.memfd = memfd;
	end->dmabuf = ioctl(udmabuf, UDMABUF_CREATE, &create);
	assert_true(end->dmabuf >= 0);
	close(memfd);
	attach(end, importer);
}

static void device_memory(struct end *end, const struct maker *maker,
			  struct importer *importer)
{
	struct request *request = request_make(maker, SHAPE_ONE, BYTES);

	end->dmabuf = maker_export(maker, request);
	request_free(request);
	assert_ok(vfio_region_mmap(maker->device, MAKER_BAR, 0, BYTES,
				   &end->memory));
	attach(end, importer);
}

static void peer_to_peer(const struct maker *maker, struct importer *importer,
			 const void *data)
{
	struct sample sample = {};
	struct end target;
	unsigned int i;
	u64 begin;

	device_memory(&target, maker, importer);
	for (i = 0; i < SAMPLES; i++) {
		memset(target.memory, 0, BYTES);
		begin = sample_thread_clock();
		assert_ok(importer_write(importer, target.handle, 0, data,
					 BYTES));
		sample_add(&sample, sample_thread_clock() - begin);
		assert_memory_equal(target.memory, data, BYTES);
	}
	sample_print(&sample, maker->name, "data-p2p", BYTES);
	sample_print_value(0, maker->name, "data-p2p-hostmem", BYTES);
	detach(&target);
}

/* BUF is what the second device has at the end. */
static void through_host(const struct maker *maker, struct end *from,
			 struct end *to, const void *data, void *buf)
{
	struct sample all = {}, copy = {};
	u64 begin, copying, copied;
	unsigned int i;

	for (i = 0; i < SAMPLES; i++) {
		begin = sample_thread_clock();
		assert_ok(importer_write(from->importer, from->handle, 0, data,
					 BYTES));
		copying = sample_thread_clock();
		memcpy(to->memory, from->memory, BYTES);
		copied = sample_thread_clock();
		assert_ok(importer_read(to->importer, to->handle, 0, buf,
					BYTES));
		sample_add(&all, sample_thread_clock() - begin);
		sample_add(&copy, copied - copying);
		assert_memory_equal(buf, data, BYTES);
	}
	sample_print(&all, maker->name, "data-bounce", BYTES);
	sample_print(&copy, maker->name, "data-bounce-copy", BYTES);
	/* Written by the one device, read, written, read by the other */
	sample_print_value(4 * BYTES, maker->name, "data-bounce-hostmem",
			   BYTES);
}

void rows_data(const struct maker *maker, struct importers *importers)
{
	const int udmabuf = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
	unsigned char *data = malloc(2 * BYTES);
	struct end from, to;
	unsigned int i;

	assert_non_null(data);
	for (i = 0; i < BYTES; i++)
		data[i] = i * 7 + i / 256;
	peer_to_peer(maker, &importers->of[WAY_IOMMU], data);

	/* Linux 6.1 of Debian has none. */
	if (udmabuf >= 0) {
		host_memory(&from, udmabuf, &importers->of[WAY_IOMMU]);
		host_memory(&to, udmabuf, &importers->of[WAY_IDENTITY]);
		through_host(maker, &from, &to, data, data + BYTES);
		detach(&to);
		detach(&from);
		close(udmabuf);
	}
	free(data);
}
