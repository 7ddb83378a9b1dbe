// SPDX-License-Identifier: GPL-2.0-only
/* An NVMe drive driven from user space; see nvme_user.h. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "nvme_user.h"

/* Registers, and what they hold */
enum { CAP = 0x00, CC = 0x14, CSTS = 0x1c, AQA = 0x24, ASQ = 0x28, ACQ = 0x30 };
enum { CMBLOC = 0x38, CMBSZ = 0x3c, CMBMSC = 0x50 };
#define CAP_HIGH_CMBS	(1u << 25)
#define CC_ON		(4 << 20 | 6 << 16 | 1)	/* sizes of queue entries */
#define CSTS_READY	1
#define CMBMSC_SHOW	1ULL
#define CMBMSC_USE	2ULL
#define CMBSZ_WANTED	0x19	/* for submission queues and data both ways */

enum { CREATE_SQ = 1, CREATE_CQ = 5, IDENTIFY = 6 };

/* Pages of host memory */
enum { ADMIN_SQ, ADMIN_CQ, IO_CQ };

static __u32 get32(const struct nvme *nvme, unsigned int reg)
{
	return nvme->regs[reg / 4];
}

/* The half with the enable bits comes last. */
static void set64(struct nvme *nvme, unsigned int reg, __u64 value)
{
	nvme->regs[reg / 4 + 1] = value >> 32;
	nvme->regs[reg / 4] = value;
}

/* A register, or memory that the drive writes, has nothing to wait for. */
static void pause_1ms(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static int enable(struct nvme *nvme, bool on)
{
	int ms;

	nvme->regs[CC / 4] = on ? CC_ON : 0;
	for (ms = 0; ms < NVME_LIMIT_MS; ms++, pause_1ms()) {
		if ((get32(nvme, CSTS) & CSTS_READY) == on)
			return 0;
	}
	return -ETIMEDOUT;
}

/* Drives of NVMe 1.4 and later show where it is once they are told to. */
static int find_cmb(struct nvme *nvme)
{
	__u32 size;

	if (!(get32(nvme, CAP + 4) & CAP_HIGH_CMBS))
		return -ENODEV;
	set64(nvme, CMBMSC, CMBMSC_SHOW);
	size = get32(nvme, CMBSZ);
	if ((size & CMBSZ_WANTED) != CMBSZ_WANTED || get32(nvme, CMBLOC) >> 12)
		return -ENODEV;
	nvme->cmb_bar = get32(nvme, CMBLOC) & 7;
	nvme->cmb_size = (__u64)(size >> 12) << (12 + 4 * (size >> 8 & 15));
	return 0;
}

static int run_admin(struct nvme *nvme, const struct nvme_command *command)
{
	int ms, ret;
	__u16 id;

	nvme_put(&nvme->admin, command);
	nvme_ring(&nvme->admin);
	for (ms = 0; ms < NVME_LIMIT_MS; ms++, pause_1ms()) {
		ret = nvme_complete(&nvme->admin, &id);
		if (ret != -EAGAIN)
			return ret;
	}
	return -ETIMEDOUT;
}

/* How large the blocks of the first namespace are, and how many there are */
static int identify(struct nvme *nvme)
{
	const struct nvme_command command = {
		.opcode = IDENTIFY,
		.nsid = 1,
		.prp[0] = nvme->host_iova + NVME_HOST_DATA,
	};
	const char *data = nvme->host + NVME_HOST_DATA;
	int ret = run_admin(nvme, &command);

	if (ret)
		return ret;
	memcpy(&nvme->blocks, data, 8);
	nvme->block_size = 1 << data[128 + 4 * (data[26] & 15) + 2];
	return 0;
}

static int create_io_queues(struct nvme *nvme)
{
	const struct nvme_command cq = {
		.opcode = CREATE_CQ,
		.prp[0] = nvme->host_iova + IO_CQ * NVME_PAGE,
		.dword = { (NVME_DEPTH - 1) << 16 | 1, 1 << 16 | 2 | 1 },
	};
	const struct nvme_command sq = {
		.opcode = CREATE_SQ,
		.prp[0] = nvme->cmb_address,
		.dword = { (NVME_DEPTH - 1) << 16 | 1, 1 << 16 | 1 },
	};
	int ret = run_admin(nvme, &cq);

	nvme_queue_init(nvme, &nvme->io, 1, nvme->cmb,
			nvme->host + IO_CQ * NVME_PAGE);
	return ret ?: run_admin(nvme, &sq);
}

int nvme_start(struct nvme *nvme)
{
	int ret = nvme_vfio_enable(nvme) ?: enable(nvme, false);

	if (ret)
		return ret;
	ret = nvme_vfio_interrupts(nvme, true);
	if (ret)
		return ret;
	memset(nvme->host, 0, NVME_HOST_SIZE);
	nvme_drain(nvme);
	nvme_queue_init(nvme, &nvme->admin, 0,
			nvme->host + ADMIN_SQ * NVME_PAGE,
			nvme->host + ADMIN_CQ * NVME_PAGE);
	nvme->regs[AQA / 4] = (NVME_DEPTH - 1) << 16 | (NVME_DEPTH - 1);
	set64(nvme, ASQ, nvme->host_iova + ADMIN_SQ * NVME_PAGE);
	set64(nvme, ACQ, nvme->host_iova + ADMIN_CQ * NVME_PAGE);
	set64(nvme, CMBMSC, nvme->cmb_address | CMBMSC_USE | CMBMSC_SHOW);
	return enable(nvme, true) ?: identify(nvme) ?: create_io_queues(nvme);
}

int nvme_stop(struct nvme *nvme)
{
	return enable(nvme, false) ?: nvme_vfio_interrupts(nvme, false);
}

static int map_bars(struct nvme *nvme)
{
	void *map;
	int ret = nvme_vfio_enable(nvme) ?:
		  nvme_vfio_map_bar(nvme, 0, NVME_BAR0_SIZE, &map);

	if (ret)
		return ret;
	nvme->regs = map;
	ret = find_cmb(nvme) ?:
	      nvme_vfio_map_bar(nvme, nvme->cmb_bar, nvme->cmb_size, &map);
	if (ret)
		return ret;
	nvme->cmb = map;
	return 0;
}

int nvme_open(struct nvme *nvme, int container, int device, __u64 host_iova,
	      __u64 cmb_address)
{
	int ret;

	memset(nvme, 0, sizeof(*nvme));
	nvme->device = device;
	nvme->container = container;
	nvme->host_iova = host_iova;
	nvme->cmb_address = cmb_address;
	nvme->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (nvme->event < 0)
		return -errno;
	ret = map_bars(nvme) ?: nvme_vfio_map_host(nvme);
	if (ret)
		nvme_close(nvme);
	return ret;
}

void nvme_close(struct nvme *nvme)
{
	if (nvme->host)
		nvme_vfio_unmap_host(nvme);
	if (nvme->cmb)
		munmap(nvme->cmb, nvme->cmb_size);
	if (nvme->regs)
		munmap((void *)nvme->regs, NVME_BAR0_SIZE);
	close(nvme->event);
}
