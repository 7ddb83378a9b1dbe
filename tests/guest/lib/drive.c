// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drive.h"
#include "env.h"
#include "kmod.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"

/* Addresses in the container: of a drive's queues, and of its CMB */
#define HOST_IOVA(number)	(0x100000ULL * ((number) + 1))
#define CMB_ADDRESS(number)	(0x100000000ULL * ((number) + 1))

void drive_open(struct drive *drive, struct vfio_container *container,
		int number)
{
	const char *bdf;
	char name[32];

	snprintf(name, sizeof(name), "EXPORTER_NVME%d", number);
	bdf = env_bdf_or_skip(name);
	drive->number = number;
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	assert_ok(pci_bind(bdf, "vfio-pci"));
	assert_ok(vfio_dev_open_in(&drive->dev, container, bdf));
	assert_ok(nvme_open(&drive->nvme, container->fd, drive->dev.fd,
			    HOST_IOVA(number), CMB_ADDRESS(number)));
	assert_int_equal(nvme_start(&drive->nvme), 0);
}

void drive_close(struct drive *drive)
{
	/* Without it an access to registers would be the end. */
	if (drive->nvme.host) {
		vfio_config_set_memory(&drive->dev, true);
		nvme_stop(&drive->nvme);
		nvme_close(&drive->nvme);
	}
	if (drive->dev.container)
		vfio_dev_close(&drive->dev);
	memset(drive, 0, sizeof(*drive));
}

__u64 drive_cmb_address(const struct drive *drive, unsigned int page)
{
	return drive->nvme.cmb_address + page * NVME_PAGE;
}

char *drive_cmb(const struct drive *drive, unsigned int page)
{
	return drive->nvme.cmb + page * NVME_PAGE;
}

void drive_io(struct drive *drive, __u8 opcode, __u64 block, __u64 address)
{
	struct nvme *nvme = &drive->nvme;
	static __u16 last_id;
	struct nvme_command command;
	__u16 id;

	nvme_fill(&command, opcode, ++last_id, block, DRIVE_BLOCKS, address);
	nvme_put(&nvme->io, &command);
	nvme_ring(&nvme->io);
	assert_ok(nvme_wait(nvme));
	assert_int_equal(nvme_complete(&nvme->io, &id), 0);
	assert_int_equal(id, last_id);
}

void drive_read(struct drive *drive, __u64 block, char *data)
{
	drive_io(drive, NVME_READ, block,
		 drive->nvme.host_iova + NVME_HOST_DATA);
	memcpy(data, drive->nvme.host + NVME_HOST_DATA, NVME_PAGE);
}

void drive_is_copy(const struct drive *to, __u64 to_block,
		   const struct drive *from, __u64 from_block)
{
	printf("# backing drive%d %llu %d = drive%d %llu\n", to->number,
	       to_block, DRIVE_BLOCKS, from->number, from_block);
}
