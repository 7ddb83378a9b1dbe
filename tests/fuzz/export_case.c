// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "area.h"
#include "array.h"
#include "export_case.h"
#include "rng.h"
#include "tap.h"

/* How many more ranges the huge memory has than are allowed */
#define HUGE_MORE	16

struct vfio_p2p_export *export_of(struct export_case *c)
{
	return (void *)c->image;
}

struct vfio_device_feature *feature_of(struct export_case *c)
{
	return (void *)c->image;
}

struct vfio_device_feature_dma_buf *get_of(struct export_case *c)
{
	return (void *)feature_of(c)->data;
}

struct vfio_p2p_range *huge_ranges(void)
{
	static struct vfio_p2p_range *ranges;
	const __u32 nr = VFIO_P2P_MAX_RANGES + HUGE_MORE;
	char *base;
	__u32 i;

	if (ranges)
		return ranges;
	base = mmap(NULL, PAGE + nr * sizeof(*ranges), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	assert_ptr_not_equal(base, MAP_FAILED);
	ranges = (void *)(base + PAGE);
	for (i = 0; i < nr; i++)
		ranges[i] = (struct vfio_p2p_range) { (i % 3) * PAGE, PAGE };
	return ranges;
}

__u64 bad_address(__u32 choice)
{
	static const __u64 addresses[] = {
		0, 8, 0xfffff000, 0x8000000000000000, 0xffff888000000000,
		0xffffffff81000000, 0x00007ffffffff000, 0x00007fffffffeff8,
		~0ull - 15,
	};

	return addresses[choice % ARRAY_SIZE(addresses)];
}

/* A range that fits */
static struct vfio_p2p_range good_range(const struct bar *bar, struct rng *rng)
{
	__u64 pages = bar->size / PAGE;
	__u64 window = pages > 64 ? 64 : pages;
	__u64 offset = rng_below(rng, window), length;

	if (!rng_below(rng, 8))
		offset = pages - 1 - offset % window;
	length = 1 + rng_below(rng, 4);
	if (!rng_below(rng, 16) || length > pages - offset)
		length = pages - offset;
	return (struct vfio_p2p_range) { offset * PAGE, length * PAGE };
}

static void fill_ranges(struct export_case *c, struct vfio_p2p_range *ranges,
			__u32 nr, __u32 region, struct rng *rng)
{
	const struct bar *bar = &c->device->bars[region];
	__u32 i;

	for (i = 0; i < nr; i++) {
		ranges[i] = good_range(bar, rng);
		/* Often the neighbour */
		if (i && !rng_below(rng, 3) && ranges[i - 1].offset +
		    ranges[i - 1].length < bar->size) {
			ranges[i].offset = ranges[i - 1].offset +
					   ranges[i - 1].length;
			ranges[i].length = PAGE;
		}
	}
}

static __u32 good_region(const struct device *device, struct rng *rng)
{
	__u32 region = rng_below(rng, NR_BARS);

	if (device->bars[region].memory && device->bars[region].size >= PAGE)
		return region;
	return WINDOW_BAR;
}

static __u32 good_nr(struct rng *rng)
{
	static const __u32 many[] = { 5, 16, 64, 255, 256, 257, 500, 512 };

	if (!rng_below(rng, 6))
		return many[rng_below(rng, ARRAY_SIZE(many))];
	return 1 + rng_below(rng, 3);
}

static __u32 good_open_flags(struct rng *rng)
{
	static const __u32 flags[] = {
		O_RDWR | O_CLOEXEC, O_RDWR | O_CLOEXEC, O_RDWR, O_RDONLY,
		O_WRONLY | O_CLOEXEC, O_RDWR | O_NONBLOCK,
	};

	return flags[rng_below(rng, ARRAY_SIZE(flags))];
}

static void make_by_feature(struct export_case *c, __u32 region, __u32 nr,
			    struct rng *rng)
{
	struct vfio_device_feature_dma_buf *get = get_of(c);

	c->head = sizeof(struct vfio_device_feature) + sizeof(*get);
	c->size = c->head + nr * sizeof(get->dma_ranges[0]);
	*feature_of(c) = (struct vfio_device_feature) {
		.argsz = c->size,
		.flags = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF,
	};
	*get = (struct vfio_device_feature_dma_buf) {
		.region_index = region,
		.open_flags = good_open_flags(rng),
		.nr_ranges = nr,
	};
	fill_ranges(c, (void *)get->dma_ranges, nr, region, rng);
}

static void make_by_control(struct export_case *c, __u32 region, __u32 nr,
			    struct rng *rng)
{
	c->head = sizeof(struct vfio_p2p_export);
	c->size = c->head;
	c->ranges_size = nr * sizeof(c->ranges[0]);
	*export_of(c) = (struct vfio_p2p_export) {
		.argsz = c->size,
		.device_fd = c->device_fd,
		.region_index = region,
		.open_flags = good_open_flags(rng),
		.nr_ranges = nr,
	};
	fill_ranges(c, c->ranges, nr, region, rng);
}

static __u32 *nr_of(struct export_case *c)
{
	return c->feature ? &get_of(c)->nr_ranges :
			    &export_of(c)->nr_ranges;
}

static __u32 *region_of(struct export_case *c)
{
	return c->feature ? &get_of(c)->region_index :
			    &export_of(c)->region_index;
}

static struct vfio_p2p_range *ranges_of(struct export_case *c)
{
	if (c->huge)
		return huge_ranges();
	return c->feature ? (void *)get_of(c)->dma_ranges : c->ranges;
}

/* From here on: what may be wrong. */

static void bad_argsz(struct export_case *c, struct rng *rng)
{
	const __u32 choices[] = {
		0, 4, 8, c->size - 1, c->size - 8, c->size + 1, c->size + 8,
		PAGE, PAGE + 1, ~0u, rng_below(rng, 64), 1u << 31,
	};
	__u32 argsz = choices[rng_below(rng, ARRAY_SIZE(choices))];

	feature_of(c)->argsz = argsz;
	/* Most of the time there is that much. */
	if (!c->feature && argsz > c->size && argsz <= PAGE + 8 &&
	    rng_below(rng, 4))
		c->size = argsz;
}

static void bad_tail(struct export_case *c, struct rng *rng)
{
	if (c->feature)
		return;
	c->size = c->head + 1 + rng_below(rng, PAGE - c->head);
	export_of(c)->argsz = c->size;
	c->image[c->head + rng_below(rng, c->size - c->head)] =
		1 + rng_below(rng, 8);
}

/* The number of the feature stays; those bits are left alone. */
static void bad_flags(struct export_case *c, struct rng *rng)
{
	if (c->feature)
		feature_of(c)->flags ^= 1u << (16 + rng_below(rng, 16));
	else
		export_of(c)->flags ^= 1u << rng_below(rng, 32);
}

static void bad_get_flags(struct export_case *c, struct rng *rng)
{
	if (c->feature)
		get_of(c)->flags ^= 1u << rng_below(rng, 32);
}

static void bad_region(struct export_case *c, struct rng *rng)
{
	static const __u32 regions[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 64, ~0u, 1u << 31,
	};

	*region_of(c) = regions[rng_below(rng, ARRAY_SIZE(regions))];
}

static void bad_open_flags(struct export_case *c, struct rng *rng)
{
	const __u32 flags = rng_below(rng, 3) ? 1u << rng_below(rng, 32) :
			    rng_below(rng, 2) ? O_ACCMODE : ~0u;

	if (c->feature)
		get_of(c)->open_flags |= flags;
	else
		export_of(c)->open_flags |= flags;
}

static void bad_nr(struct export_case *c, struct rng *rng)
{
	const __u32 choices[] = {
		0, *nr_of(c) + 1, VFIO_P2P_MAX_RANGES, VFIO_P2P_MAX_RANGES + 1,
		1u << 28, 1u << 31, ~0u, (1u << 28) + 1, rng_next(rng),
	};

	*nr_of(c) = choices[rng_below(rng, ARRAY_SIZE(choices))];
}

static __u64 bad_number(const struct bar *bar, __u64 good, struct rng *rng)
{
	const __u64 choices[] = {
		0, good + 1, good | 2048, bar->size, bar->size + PAGE,
		bar->size - PAGE, 1ull << 63, -PAGE, ~0ull, -bar->start,
		-bar->start - PAGE, 1ull << 32, (1ull << 63) - PAGE,
		rng_next(rng) & -PAGE, good + PAGE, 1ull << 52,
	};

	return choices[rng_below(rng, ARRAY_SIZE(choices))];
}

static void bad_range(struct export_case *c, struct rng *rng)
{
	const struct bar *bar = &c->device->bars[*region_of(c) % NR_BARS];
	__u32 room = c->huge ? VFIO_P2P_MAX_RANGES : CASE_MANY;
	__u32 nr = *nr_of(c);
	struct vfio_p2p_range *range;

	if (!nr || nr > room)
		return;
	range = &ranges_of(c)[rng_below(rng, 2) ? nr - 1 : rng_below(rng, nr)];
	switch (rng_below(rng, 4)) {
	case 0:
		range->offset = bad_number(bar, range->offset, rng);
		break;
	case 1:
		range->length = bad_number(bar, range->length, rng);
		break;
	case 2:
		/* One page beyond the end */
		range->length = bar->size - range->offset + PAGE;
		break;
	default:
		range->offset = bad_number(bar, range->offset, rng);
		range->length = bad_number(bar, range->length, rng);
	}
}

static void bad_memory(struct export_case *c, struct rng *rng)
{
	if (c->huge)
		return;
	if (c->feature || rng_below(rng, 2))
		c->size = rng_below(rng, c->size + 1);
	else
		c->ranges_size = rng_below(rng, c->ranges_size + 1);
}

static void bad_pointer(struct export_case *c, struct rng *rng)
{
	/* What a 32-bit caller would make of it is another address. */
	if (c->caller == CALLER_COMPAT)
		c->caller = CALLER_SELF;
	if (c->huge)
		return;
	if (c->feature || rng_below(rng, 2))
		c->address = bad_address(rng_next(rng)) ?: 1;
	else
		c->ranges_address = bad_address(rng_next(rng)) ?: 1;
}

static void bad_fd(struct export_case *c, struct rng *rng)
{
	/* By the feature it would be another file's ioctl. */
	if (c->feature) {
		c->device_fd = -1;
		c->device_answer = -EBADF;
		return;
	}
	c->device_fd = foreign_fd_pick(rng_next(rng), &c->device_answer);
	export_of(c)->device_fd = c->device_fd;
	if (c->caller == CALLER_NOBODY || c->caller == CALLER_STRANGER)
		c->caller = CALLER_SELF;
}

static void bad_limit(struct export_case *c, struct rng *rng)
{
	if (c->caller != CALLER_NOBODY && c->caller != CALLER_STRANGER)
		c->no_fd_left = true;
}

static void make_read_only(struct export_case *c, struct rng *rng)
{
	c->read_only = c->caller <= CALLER_COMPAT;
}

static void make_huge(struct export_case *c, struct rng *rng)
{
	const __u32 choices[] = {
		VFIO_P2P_MAX_RANGES, VFIO_P2P_MAX_RANGES,
		VFIO_P2P_MAX_RANGES - 1, VFIO_P2P_MAX_RANGES + 1, 65536, 65537,
		100000, 5000,
	};

	if (*region_of(c) % NR_BARS != WINDOW_BAR || c->size < c->head ||
	    rng_below(rng, 3))
		return;
	c->huge = true;
	c->ranges_size = (VFIO_P2P_MAX_RANGES + HUGE_MORE) *
			 sizeof(c->ranges[0]);
	*nr_of(c) = choices[rng_below(rng, ARRAY_SIZE(choices))];
}

typedef void (*defect_fn)(struct export_case *c, struct rng *rng);

static void add_defects(struct export_case *c, unsigned int nr, struct rng *rng)
{
	static const defect_fn defects[] = {
		bad_argsz, bad_tail, bad_flags, bad_get_flags, bad_region,
		bad_open_flags, bad_nr, bad_range, bad_range, bad_range,
		bad_memory, bad_pointer, bad_fd, bad_limit, make_read_only,
		make_huge,
	};

	while (nr--)
		defects[rng_below(rng, ARRAY_SIZE(defects))](c, rng);
}

static enum caller choose_caller(struct rng *rng)
{
	__u32 choice = rng_below(rng, 16);
	enum caller caller = choice < NR_CALLERS ? choice : CALLER_SELF;

	return caller_exists(caller) ? caller : CALLER_SELF;
}

static void choose_device(struct export_case *c, __u32 choice)
{
	choice %= 8;
	c->device = &world.devices[choice < NR_DEVICES ? choice : DEVICE_NVME];
	c->device_fd = c->device->vfio.fd;
	c->device_answer = c->device_fd < 0 ? -EBADF : 0;
	if (c->caller == CALLER_STRANGER)
		c->device_answer = -EBADF;
}

void case_make(struct export_case *c, const __u32 *field)
{
	struct rng rng = { .state = field[1] };
	__u32 region, nr;

	memset(c, 0, sizeof(*c));
	c->feature = field[0] % 2;
	c->caller = choose_caller(&rng);
	choose_device(c, field[2]);
	region = good_region(c->device, &rng);
	nr = good_nr(&rng);
	if (c->feature)
		make_by_feature(c, region, nr, &rng);
	else
		make_by_control(c, region, nr, &rng);

	/* Half of them are good, a few have two things wrong. */
	rng.state = field[4];
	add_defects(c, field[3] % 2 ? 0 : 1 + !(field[3] / 2 % 4), &rng);
	if (c->address)
		c->size = 0;
	if (c->ranges_address)
		c->ranges_size = 0;
}

void case_split(struct export_case *c, __u32 choice)
{
	size_t *size = c->feature ? &c->size : &c->ranges_size;
	size_t part = choice % 2 && *size > 64 ? 64 : *size;
	size_t before = choice / 2 % (part / 4 + 1) * 4;
	size_t behind = PAGE - (*size - before) % PAGE;

	/* There are only zeros in the rest of both arrays. */
	if (*size + behind <= CASE_IMAGE)
		*size += behind;
}

static void restore_huge(void)
{
	struct vfio_p2p_range *ranges = huge_ranges();
	__u32 i;

	for (i = 0; i < VFIO_P2P_MAX_RANGES; i++)
		ranges[i] = (struct vfio_p2p_range) { (i % 3) * PAGE, PAGE };
}

void case_end(struct export_case *c)
{
	if (c->huge)
		restore_huge();
}

/* What the call finds where it looks for ranges */
static struct model_memory ranges_memory(struct export_case *c)
{
	struct model_memory memory = {
		.bytes = ranges_of(c),
		.readable = c->ranges_size,
	};

	if (c->feature && !c->huge)
		memory.readable = c->size > c->head ? c->size - c->head : 0;
	return memory;
}

int case_answer(struct export_case *c, struct model_ranges *ranges)
{
	const struct model_memory arg = { c->image, c->size };
	int ret;

	*ranges = (struct model_ranges) {
		.device = c->device,
		.device_answer = c->device_answer,
		.memory = ranges_memory(c),
	};
	ret = c->feature ? model_feature(&arg, ranges) :
			   model_export(&arg, ranges);
	if (!ret)
		ret = model_ranges(ranges);
	if (!ret && c->no_fd_left)
		ret = -EMFILE;
	return ret;
}

const char *case_describe(struct export_case *c)
{
	static const char * const callers[] = {
		"", " 32-bit", " nobody", " stranger",
	};
	static char text[200];

	snprintf(text, sizeof(text),
		 "%s%s %s argsz %u flags %#x region %u nr %u size %zu+%zu%s%s%s%s%s",
		 c->feature ? "feature" : "export", callers[c->caller],
		 c->device->name, feature_of(c)->argsz,
		 feature_of(c)->flags, *region_of(c), *nr_of(c), c->size,
		 c->ranges_size, c->huge ? " huge" : "",
		 c->read_only ? " read-only" : "",
		 c->no_fd_left ? " no-fd-left" : "",
		 c->device_answer ? " no-device" : "",
		 c->address || c->ranges_address ? " bad-address" : "");
	return text;
}
