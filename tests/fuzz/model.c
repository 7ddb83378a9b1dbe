// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define FEATURE_KNOWN	(VFIO_DEVICE_FEATURE_MASK | VFIO_DEVICE_FEATURE_GET | \
			 VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_PROBE)
#define EXPORT_KNOWN	(VFIO_P2P_EXPORT_PAGES | VFIO_P2P_EXPORT_WC)
#define FEATURE_GET_SET	(VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET)

enum certain model_access(const struct device *device)
{
	if (device->vfio.fd < 0 || !device->decode || device->d3hot == YES ||
	    device->low_power == YES)
		return NO;
	if (device->d3hot == MAYBE || device->low_power == MAYBE)
		return MAYBE;
	return YES;
}

enum certain model_buffer_access(const struct buffer *buf)
{
	if (buf->revoked || buf->device->opens != buf->opens)
		return NO;
	return model_access(buf->device);
}

static void set_mapped(const struct device *device, enum certain mapped)
{
	int i;

	for (i = 0; i < NR_ATTACHMENTS; i++) {
		struct attachment *att = &world.attachments[i];

		if (att->handle && att->buffer->device == device &&
		    att->mapped != NO)
			att->mapped = mapped;
	}
}

void model_revoked(const struct device *device)
{
	set_mapped(device, NO);
}

void model_buffer_revoked(struct buffer *buf)
{
	int i;

	buf->revoked = true;
	for (i = 0; i < NR_ATTACHMENTS; i++)
		if (world.attachments[i].buffer == buf)
			world.attachments[i].mapped = NO;
}

void model_unsure(const struct device *device)
{
	set_mapped(device, MAYBE);
}

void model_changed(struct device *device, enum certain before)
{
	enum certain now = model_access(device);

	if (before != NO && now != YES)
		set_mapped(device, now);
}

static bool fits(const struct model_memory *memory, size_t size)
{
	return size <= memory->readable;
}

/* Behind the known part: zero is fine, the first other byte is not. */
static int check_tail(const struct model_memory *arg, size_t size, __u32 argsz)
{
	const unsigned char *bytes = arg->bytes;
	size_t i;

	for (i = size; i < argsz; i++) {
		if (i >= arg->readable)
			return -EFAULT;
		if (bytes[i])
			return -E2BIG;
	}
	return 0;
}

int model_head(const struct model_memory *arg, size_t size, __u32 flags)
{
	const struct vfio_p2p_info *head = arg->bytes;
	int ret;

	if (!fits(arg, sizeof(head->argsz)))
		return -EFAULT;
	if (head->argsz < size)
		return -EINVAL;
	if (head->argsz > PAGE)
		return -E2BIG;
	ret = check_tail(arg, size, head->argsz);
	if (ret)
		return ret;
	if (!fits(arg, size))
		return -EFAULT;
	return head->flags & ~flags ? -EINVAL : 0;
}

static int check_export_flags(__u32 flags)
{
	if (flags == EXPORT_KNOWN)
		return -EINVAL;
	if ((flags & VFIO_P2P_EXPORT_PAGES) &&
	    !(world.capabilities & VFIO_P2P_CAP_PAGES))
		return -EOPNOTSUPP;
	if ((flags & VFIO_P2P_EXPORT_WC) &&
	    !(world.capabilities & VFIO_P2P_CAP_EXPORT_WC))
		return -EOPNOTSUPP;
	return 0;
}

int model_export(const struct model_memory *arg, struct model_ranges *ranges)
{
	const __u32 known = O_ACCMODE | O_CLOEXEC | O_NONBLOCK;
	const struct vfio_p2p_export *export = arg->bytes;
	int ret = model_head(arg, sizeof(*export), EXPORT_KNOWN);

	if (ret)
		return ret;
	if (export->open_flags & ~known ||
	    (export->open_flags & O_ACCMODE) == O_ACCMODE || !export->nr_ranges)
		return -EINVAL;
	ret = check_export_flags(export->flags);
	if (ret)
		return ret;
	if (ranges->device_answer)
		return ranges->device_answer;
	ranges->flags = export->flags;
	ranges->region = export->region_index;
	ranges->nr = export->nr_ranges;
	return 0;
}

static int check_feature(const struct vfio_device_feature *feature)
{
	const __u32 flags = feature->flags;

	if (feature->argsz < sizeof(*feature) || flags & ~FEATURE_KNOWN)
		return -EINVAL;
	if (!(flags & VFIO_DEVICE_FEATURE_PROBE) &&
	    (flags & FEATURE_GET_SET) == FEATURE_GET_SET)
		return -EINVAL;
	if (flags & VFIO_DEVICE_FEATURE_SET)
		return -EINVAL;
	if (flags & VFIO_DEVICE_FEATURE_PROBE)
		return 1;
	if (!(flags & VFIO_DEVICE_FEATURE_GET))
		return -EINVAL;
	return 0;
}

/* 1: nothing was asked for, so that there are no ranges to look at. */
int model_feature(const struct model_memory *arg, struct model_ranges *ranges)
{
	const struct vfio_device_feature *feature = arg->bytes;
	const size_t head = sizeof(*feature);
	const struct vfio_device_feature_dma_buf *get =
		(const void *)((const char *)arg->bytes + head);
	int ret;

	if (ranges->device_answer)
		return ranges->device_answer;
	if (!fits(arg, head))
		return -EFAULT;
	ret = check_feature(feature);
	if (ret)
		return ret;
	if (feature->argsz < head + sizeof(*get))
		return -EINVAL;
	if (!fits(arg, head + sizeof(*get)))
		return -EFAULT;
	if (!get->nr_ranges || get->flags)
		return -EINVAL;
	ranges->region = get->region_index;
	ranges->nr = get->nr_ranges;
	return 0;
}

static int check_sizes(const struct vfio_p2p_range *ranges, __u32 nr)
{
	__u64 sum = 0;
	__u32 i;

	for (i = 0; i < nr; i++) {
		if (!ranges[i].length || ranges[i].offset % PAGE ||
		    ranges[i].length % PAGE)
			return -EINVAL;
		if (__builtin_add_overflow(sum, ranges[i].length, &sum))
			return -EINVAL;
	}
	return sum >> 63 ? -EINVAL : 0;
}

static int check_places(const struct bar *bar,
			const struct vfio_p2p_range *ranges, __u32 nr)
{
	__u64 end;
	__u32 i;

	for (i = 0; i < nr; i++) {
		if (__builtin_add_overflow(bar->start, ranges[i].offset,
					   &end) ||
		    __builtin_add_overflow(end, ranges[i].length, &end))
			return -EOVERFLOW;
		if (end > bar->start + bar->size)
			return -EINVAL;
	}
	return 0;
}

int model_ranges(const struct model_ranges *ranges)
{
	const struct bar *bar;
	int ret;

	if (ranges->region >= NR_BARS)
		return -ENODEV;
	bar = &ranges->device->bars[ranges->region];
	if (!bar->size)
		return -ENODEV;
	if ((ranges->flags & VFIO_P2P_EXPORT_WC) && !bar->prefetchable)
		return -EINVAL;
	if (ranges->nr > VFIO_P2P_MAX_RANGES)
		return -ENOMEM;
	if (!fits(&ranges->memory, ranges->nr * sizeof(struct vfio_p2p_range)))
		return -EFAULT;
	ret = check_sizes(ranges->memory.bytes, ranges->nr);
	if (ret)
		return ret;
	if (!bar->memory)
		return -EINVAL;
	ret = check_places(bar, ranges->memory.bytes, ranges->nr);
	/* Nothing is registered. */
	if (!ret && (ranges->flags & VFIO_P2P_EXPORT_PAGES))
		ret = -ENOENT;
	return ret;
}

void model_buffer(const struct model_ranges *ranges, struct buffer *buf)
{
	const struct vfio_p2p_range *range = ranges->memory.bytes;
	struct vfio_p2p_range *last = NULL;
	__u32 i;

	*buf = (struct buffer) {
		.used = true,
		.fd = -1,
		.device = (struct device *)ranges->device,
		.opens = ranges->device->opens,
		.bar = ranges->region,
		.ranges = malloc(ranges->nr * sizeof(*range)),
	};
	for (i = 0; i < ranges->nr; i++, range++) {
		buf->size += range->length;
		if (last && last->offset + last->length == range->offset) {
			last->length += range->length;
			continue;
		}
		last = &buf->ranges[buf->nr++];
		*last = *range;
	}
}

struct expect model_map(const struct attachment *att)
{
	struct expect expect = { 0 };
	enum certain access = model_buffer_access(att->buffer);

	/* The core pins first, where it does.  From Linux 7.1 on it may be mapped. */
	if (att->flavour == P2P_TEST_PIN)
		return expect_one(-EOPNOTSUPP);
	if (access != YES)
		expect_add(&expect, -ENODEV);
	if (access != NO)
		expect_add(&expect, att->importer == IMPORTER_NONPCI ?
			   -EINVAL : 0);
	return expect;
}

struct expect model_attach(const struct buffer *buf, __u32 flavour)
{
	struct expect expect = { 0 };
	enum certain access = model_buffer_access(buf);

	if (flavour > P2P_TEST_FENCE)
		return expect_one(-EINVAL);
	if (flavour == P2P_TEST_STATIC || flavour == P2P_TEST_NO_P2P)
		return expect_one(-EOPNOTSUPP);
	if (access != YES)
		expect_add(&expect, -ENODEV);
	if (access == NO)
		return expect;
	expect_add(&expect, 0);
	/* Where importers are told of moves, nobody may pin. */
	if (flavour == P2P_TEST_PIN)
		expect_add(&expect, -EOPNOTSUPP);
	return expect;
}
