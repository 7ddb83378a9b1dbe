// SPDX-License-Identifier: GPL-2.0-only
/* What a user space driver of an NVMe drive asks of vfio. */
#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "nvme_user.h"

/* The offset of a region in the device's file */
static off_t find_region(struct nvme *nvme, unsigned int index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(nvme->device, VFIO_DEVICE_GET_REGION_INFO, &info))
		return -errno;
	return (off_t)info.offset;
}

int nvme_vfio_map_bar(struct nvme *nvme, unsigned int bar, size_t size,
		      void **map)
{
	off_t offset = find_region(nvme, bar);

	if (offset < 0)
		return (int)offset;
	*map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		    nvme->device, offset);
	return *map == MAP_FAILED ? -errno : 0;
}

/* Access to registers, and DMA of the drive itself */
int nvme_vfio_enable(struct nvme *nvme)
{
	off_t offset = find_region(nvme, VFIO_PCI_CONFIG_REGION_INDEX);
	__u16 command;

	if (offset < 0)
		return (int)offset;
	offset += PCI_COMMAND;
	if (pread(nvme->device, &command, 2, offset) != 2)
		return -EIO;
	command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	return pwrite(nvme->device, &command, 2, offset) == 2 ? 0 : -EIO;
}

/* Vector 1 is for I/O completions; those of admin commands are polled for. */
int nvme_vfio_interrupts(struct nvme *nvme, bool on)
{
	struct {
		struct vfio_irq_set set;
		__s32 fds[2];
	} arg = {
		.set.argsz = on ? sizeof(arg) : sizeof(arg.set),
		.set.flags = VFIO_IRQ_SET_ACTION_TRIGGER |
			     (on ? VFIO_IRQ_SET_DATA_EVENTFD :
				   VFIO_IRQ_SET_DATA_NONE),
		.set.index = VFIO_PCI_MSIX_IRQ_INDEX,
		.set.count = on ? 2 : 0,
		.fds = { -1, nvme->event },
	};

	return ioctl(nvme->device, VFIO_DEVICE_SET_IRQS, &arg) ? -errno : 0;
}

int nvme_vfio_map_host(struct nvme *nvme)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.iova = nvme->host_iova,
		.size = NVME_HOST_SIZE,
	};

	char *host = mmap(NULL, NVME_HOST_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (host == MAP_FAILED)
		return -errno;
	nvme->host = host;
	map.vaddr = (uintptr_t)host;
	return ioctl(nvme->container, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

void nvme_vfio_unmap_host(struct nvme *nvme)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = nvme->host_iova,
		.size = NVME_HOST_SIZE,
	};

	ioctl(nvme->container, VFIO_IOMMU_UNMAP_DMA, &unmap);
	munmap(nvme->host, NVME_HOST_SIZE);
}
