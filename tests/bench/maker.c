// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "bar.h"
#include "maker.h"
#include "p2p_floor.h"
#include "tap.h"
#include "vfio_feature.h"
#include "vfio_region.h"

/**
 * struct request - the argument of the ioctl
 * @floor: for the floor; its ranges are those of @get
 * @head: for the device
 * @get: likewise
 */
struct request {
	struct p2p_floor_export floor;
	struct vfio_device_feature head;
	struct vfio_device_feature_dma_buf get;
};

void maker_init(struct maker *maker, const char *name, struct vfio_dev *device)
{
	struct vfio_region_info info;

	assert_ok(vfio_region_info(device, VFIO_PCI_CONFIG_REGION_INDEX,
				   &info));
	*maker = (struct maker) {
		.name = name,
		.device = device,
		.command = info.offset + PCI_COMMAND,
		.floor = -1,
		.bar = pci_bar_start(device->bdf, MAKER_BAR),
	};
}

void maker_init_floor(struct maker *maker, struct vfio_dev *device)
{
	maker_init(maker, "floor", device);
	maker->floor = open("/dev/" P2P_FLOOR_DEVICE_NAME, O_RDWR | O_CLOEXEC);
	assert_true(maker->floor >= 0);
}

bool maker_is_floor(const struct maker *maker)
{
	return maker->floor >= 0;
}

void maker_fini(struct maker *maker)
{
	if (maker_is_floor(maker))
		close(maker->floor);
	maker->floor = -1;
}

static void fill_ranges(struct vfio_region_dma_range *ranges, enum shape shape,
			__u64 count)
{
	const __u64 step = shape == SHAPE_GAPS ? 2 * MAKER_PAGE : MAKER_PAGE;
	__u64 i;

	if (shape == SHAPE_ONE) {
		ranges[0].offset = 0;
		ranges[0].length = count;
		return;
	}

	for (i = 0; i < count; i++) {
		ranges[i].offset = i * step;
		ranges[i].length = MAKER_PAGE;
	}
}

struct request *request_make(const struct maker *maker, enum shape shape,
			     __u64 count)
{
	const __u32 nr = shape == SHAPE_ONE ? 1 : count;
	const size_t ranges = nr * sizeof(struct vfio_region_dma_range);
	struct request *request = calloc(1, sizeof(*request) + ranges);

	assert_non_null(request);
	fill_ranges(request->get.dma_ranges, shape, count);
	request->head.argsz = sizeof(request->head) + sizeof(request->get) +
			      ranges;
	request->head.flags = VFIO_DEVICE_FEATURE_GET |
			      VFIO_DEVICE_FEATURE_DMA_BUF;
	request->get.region_index = MAKER_BAR;
	request->get.open_flags = O_RDWR | O_CLOEXEC;
	request->get.nr_ranges = nr;

	request->floor.start = maker->bar;
	request->floor.ranges = (uintptr_t)request->get.dma_ranges;
	request->floor.nr = nr;
	if (maker->bus_address)
		request->floor.flags = P2P_FLOOR_BUS_ADDRESS;

	return request;
}

void request_free(struct request *request)
{
	free(request);
}

int maker_export(const struct maker *maker, const struct request *request)
{
	int fd;

	if (maker_is_floor(maker))
		fd = ioctl(maker->floor, P2P_FLOOR_EXPORT, &request->floor);
	else
		fd = ioctl(maker->device->fd, VFIO_DEVICE_FEATURE,
			   &request->head);
	assert_true(fd >= 0);

	return fd;
}

static void write_command(const struct maker *maker, __u16 value)
{
	assert_int_equal(pwrite(maker->device->fd, &value, sizeof(value),
				maker->command), sizeof(value));
}

static void move(const struct maker *maker, int dmabuf)
{
	assert_int_equal(ioctl(maker->floor, P2P_FLOOR_MOVE, dmabuf), 0);
}

void maker_revoke(const struct maker *maker, int dmabuf)
{
	if (maker_is_floor(maker))
		move(maker, dmabuf);
	else
		write_command(maker, 0);
}

void maker_restore(const struct maker *maker, int dmabuf)
{
	if (maker_is_floor(maker))
		move(maker, dmabuf);
	else
		write_command(maker, PCI_COMMAND_MEMORY);
}
