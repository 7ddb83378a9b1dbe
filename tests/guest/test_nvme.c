// SPDX-License-Identifier: GPL-2.0-only
/*
 * A drive that this program owns is driven by a peer, by peer-to-peer DMA alone:
 * the peer has its CMB, where the submission queue is, and the page of its
 * doorbells as dma-bufs.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drive.h"
#include "env.h"
#include "importer.h"
#include "job.h"
#include "kmod.h"
#include "pattern.h"
#include "tap.h"
#include "vfio_feature.h"
#include "vfio_reset.h"

/* Pages of the CMB: the queue, what the drive reads into, what it writes from */
enum { QUEUE, READ_INTO, WRITE_FROM };

#define ENTRY_SIZE	sizeof(struct nvme_command)

/**
 * struct mapping - a dma-buf and the peer's attachment to it
 * @dmabuf: fd
 * @handle: the attachment
 * @address: what the peer has for the latest mapping
 */
struct mapping {
	int dmabuf;
	int handle;
	__u64 address;
};

static struct vfio_container container;
static struct drive drive;
static struct importer peer = { .fd = -1 };
static struct mapping cmb, doorbells;

/* Outlives a test that fails during the reset. */
static struct job job;

static void map(struct mapping *mapping)
{
	struct p2p_test_sg_entry entry;

	assert_ok(importer_map(&peer, mapping->handle, P2P_TEST_BIDIRECTIONAL));
	assert_int_equal(assert_ok(importer_sg(&peer, mapping->handle, &entry,
					       1)), 1);
	mapping->address = entry.dma_address;
}

static void share(struct mapping *mapping, unsigned int bar, __u64 offset,
		  __u64 length, enum p2p_test_flavour flavour)
{
	mapping->dmabuf = assert_ok(vfio_feature_dma_buf_range(drive.dev.fd,
							       bar, offset,
							       length));
	mapping->handle = assert_ok(importer_attach(&peer, mapping->dmabuf,
						    flavour));
	map(mapping);
}

/* The doorbells' importer decides when a reset may go on. */
static int setup(void **state)
{
	cmb.dmabuf = -1;
	doorbells.dmabuf = -1;
	assert_ok(vfio_container_open(&container));
	drive_open(&drive, &container, 0);
	assert_ok(module_ensure(MODULE_IMPORTER));
	assert_ok(importer_open(&peer, env_bdf_or_skip("IMPORTER_EDU0")));
	share(&cmb, drive.nvme.cmb_bar, 0, drive.nvme.cmb_size,
	      P2P_TEST_DYNAMIC);
	share(&doorbells, 0, NVME_DOORBELLS, NVME_PAGE, P2P_TEST_IGNORE_NOTIFY);
	return 0;
}

/* Also after a test that failed; the importer detaches as it is closed. */
static int teardown(void **state)
{
	if (peer.fd >= 0)
		importer_close(&peer);
	peer.fd = -1;
	drive_close(&drive);
	if (cmb.dmabuf >= 0)
		close(cmb.dmabuf);
	if (doorbells.dmabuf >= 0)
		close(doorbells.dmabuf);
	vfio_container_close(&container);
	return 0;
}

/* Until it is given back, queues and doorbells are out of this program's reach. */
static void let_go(bool yes)
{
	struct nvme *nvme = &drive.nvme;
	int access = yes ? PROT_NONE : PROT_READ | PROT_WRITE;
	char *regs = (char *)nvme->regs;

	assert_ok(mprotect(nvme->cmb, nvme->cmb_size, access));
	assert_ok(mprotect(regs + NVME_DOORBELLS, NVME_PAGE, access));
	assert_ok(mprotect((void *)nvme->io.cq, NVME_PAGE, access));
}

/* What follows is done by the peer, with its own DMA. */

static void peer_write_page(unsigned int page, const char *data)
{
	assert_ok(importer_write(&peer, cmb.handle, page * NVME_PAGE, data,
				 NVME_PAGE));
}

static void peer_read_page(unsigned int page, char *data)
{
	assert_ok(importer_read(&peer, cmb.handle, page * NVME_PAGE, data,
				NVME_PAGE));
}

/* An entry at the tail of the queue, which moves; the drive is not told. */
static void peer_put(__u8 opcode, __u16 id, __u64 block, unsigned int page)
{
	struct nvme_queue *queue = &drive.nvme.io;
	struct nvme_command command;

	nvme_fill(&command, opcode, id, block, DRIVE_BLOCKS,
		  drive_cmb_address(&drive, page));
	assert_ok(importer_write(&peer, cmb.handle, queue->tail * ENTRY_SIZE,
				 &command, sizeof(command)));
	queue->tail = (queue->tail + 1) % NVME_DEPTH;
}

static int peer_ring(void)
{
	__u32 tail = drive.nvme.io.tail;

	return importer_write(&peer, doorbells.handle,
			      nvme_sq_doorbell(&drive.nvme), &tail,
			      sizeof(tail));
}

static int peer_ring_raw(__u64 address)
{
	__u32 tail = drive.nvme.io.tail;

	return importer_raw_write(&peer,
				  address + nvme_sq_doorbell(&drive.nvme),
				  &tail, sizeof(tail));
}

/* The interrupt is all that this program gets to see of it. */
static void peer_run(__u8 opcode, __u16 id, __u64 block, unsigned int page)
{
	peer_put(opcode, id, block, page);
	assert_ok(peer_ring());
	assert_ok(nvme_wait(&drive.nvme));
}

static void expect_completion(int status, __u16 id)
{
	__u16 seen;

	assert_int_equal(nvme_complete(&drive.nvme.io, &seen), status);
	assert_int_equal(seen, id);
}

static void expect_no_completion(void)
{
	__u16 id;

	assert_errno(nvme_complete(&drive.nvme.io, &id), EAGAIN);
}

/*
 * The peer has the drive read blocks, takes them from the CMB, puts them back at
 * another place there, and has the drive write that to other blocks.
 */
static void exercise(__u64 from, __u64 to)
{
	char wanted[NVME_PAGE], data[NVME_PAGE];

	drive_read(&drive, from, wanted);
	let_go(true);
	memset(data, 0, sizeof(data));
	peer_write_page(READ_INTO, data);
	peer_run(NVME_READ, 1000, from, READ_INTO);
	peer_read_page(READ_INTO, data);
	assert_memory_equal(data, wanted, NVME_PAGE);
	peer_write_page(WRITE_FROM, data);
	peer_run(NVME_WRITE, 1001, to, WRITE_FROM);
	let_go(false);

	expect_completion(0, 1000);
	expect_completion(0, 1001);
	expect_no_completion();
	drive_read(&drive, to, data);
	assert_memory_equal(data, wanted, NVME_PAGE);
	drive_is_copy(&drive, to, &drive, from);
}

static void test_peer_drives(void **state)
{
	exercise(16, 1024);
	exercise(24, 1032);
}

/* It is the drive that answers: what it can't do comes back as an error. */
static void test_refused(void **state)
{
	const int lba_out_of_range = 0x80;
	char before[NVME_PAGE], data[NVME_PAGE];

	pattern_fill(before, NVME_PAGE, 1, 0);
	let_go(true);
	peer_write_page(READ_INTO, before);
	peer_run(NVME_READ, 1002, drive.nvme.blocks, READ_INTO);
	peer_read_page(READ_INTO, data);
	let_go(false);
	assert_memory_equal(data, before, NVME_PAGE);
	expect_completion(lba_out_of_range | 1 << 14, 1002);
}

static int reset_drive(void *arg)
{
	return vfio_dev_reset(arg);
}

static __u32 flags_of(const struct mapping *mapping)
{
	struct p2p_test_stat stat;

	assert_ok(importer_stat(&peer, mapping->handle, &stat));
	return stat.flags;
}

/*
 * The peer is told of the reset, and keeps a mapping back: until it lets go, the
 * drive is not reset, and does what has been asked of it.
 */
static void reset_in_the_middle(void)
{
	peer_put(NVME_READ, 1003, 40, READ_INTO);
	job_start(&job, reset_drive, &drive.dev);
	while (!(flags_of(&doorbells) & P2P_TEST_STAT_REVOKED))
		assert_ok(importer_wait(&peer, P2P_TEST_EVENT_NOTIFY,
					IMPORTER_TIMEOUT_MS));
	assert_errno(peer_ring(), ESTALE);
	assert_ok(peer_ring_raw(doorbells.address));
	assert_ok(nvme_wait(&drive.nvme));
	assert_false(job_done(&job));
	assert_ok(importer_unmap(&peer, doorbells.handle));
	assert_ok(job_join(&job));
	assert_false(flags_of(&cmb) & P2P_TEST_STAT_MAPPED);
	assert_false(flags_of(&doorbells) & P2P_TEST_STAT_MAPPED);
}

/*
 * An entry, the doorbell at its old address, then another entry in its place:
 * the drive has never seen the first one.
 */
static void expect_address_dead(__u64 address)
{
	struct nvme_queue *queue = &drive.nvme.io;
	const unsigned int tail = queue->tail;
	struct nvme_command command;

	nvme_fill(&command, NVME_READ, 1004, 48, DRIVE_BLOCKS,
		  drive_cmb_address(&drive, READ_INTO));
	nvme_put(queue, &command);
	assert_ok(peer_ring_raw(address));
	queue->tail = tail;
	command.id = 1005;
	nvme_put(queue, &command);
	nvme_ring(queue);
	assert_ok(nvme_wait(&drive.nvme));
	expect_completion(0, 1005);
	expect_no_completion();
}

static void test_reset(void **state)
{
	__u64 before;

	exercise(32, 1040);
	before = doorbells.address;
	reset_in_the_middle();
	assert_int_equal(nvme_start(&drive.nvme), 0);
	expect_address_dead(before);
	map(&cmb);
	map(&doorbells);
	exercise(40, 1048);
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_peer_drives),
		TEST(test_refused),
		TEST(test_reset),
	};

	return tap_run(tests, NULL, NULL);
}
