// SPDX-License-Identifier: GPL-2.0-only
/*
 * BARs with struct pages: REGISTER, and if it succeeds what can be done then, until
 * UNREGISTER.  All in one operation, so that others find the BAR as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "array.h"
#include "ops.h"
#include "query.h"
#include "report.h"
#include "tap.h"
#include "touch.h"
#include "vfio_region.h"

#define GRANULE		(2ull << 20)
#define NR_SLICES	3

#define REGISTER_FLAGS	(VFIO_P2P_REGISTER_IOMMU | VFIO_P2P_REGISTER_REFUSE_RESET)

/**
 * struct slice - what ALLOC gave
 * @fd: of it
 * @addr: its first page, mapped
 * @offset: in the BAR
 * @length: in bytes
 */
struct slice {
	int fd;
	void *addr;
	__u64 offset;
	__u64 length;
};

/**
 * struct registered - a range that has pages
 * @device: whose
 * @bar: of it
 * @iommu: for an IOMMU only
 * @offset: in the BAR
 * @length: in bytes
 * @nr: of @slices
 * @slices: ordered by offset, if they do not overlap
 */
struct registered {
	const struct device *device;
	__u32 bar;
	bool iommu;
	__u64 offset;
	__u64 length;
	unsigned int nr;
	struct slice slices[NR_SLICES];
};

static __u64 choose_number(struct rng *rng, __u64 size)
{
	const __u64 numbers[] = {
		0, 1, PAGE, GRANULE - 1, GRANULE, GRANULE + PAGE, 2 * GRANULE,
		size - GRANULE, size - 1, size, size + GRANULE, 1ull << 44,
		1ull << 63, ~0ull, -GRANULE,
	};

	return numbers[rng_below(rng, ARRAY_SIZE(numbers))];
}

static __u32 choose_region(struct rng *rng)
{
	const __u32 regions[] = { 0, 1, 3, 5, 6, 7, 99, ~0u };

	return regions[rng_below(rng, ARRAY_SIZE(regions))];
}

static void choose_registration(struct query *q, struct rng *rng)
{
	struct vfio_p2p_register *arg = &q->registration;
	const __u32 choice = rng_below(rng, 16);

	arg->argsz = sizeof(*arg);
	arg->region_index = WINDOW_BAR;
	if (rng_below(rng, 3) == 0)
		arg->flags = VFIO_P2P_REGISTER_IOMMU;
	if (rng_below(rng, 8) == 0)
		arg->flags |= VFIO_P2P_REGISTER_REFUSE_RESET;
	if (choice < 6) {
		arg->offset = rng_below(rng, 4) * GRANULE;
		arg->length = (1 + rng_below(rng, 4)) * GRANULE;
	} else if (choice < 8) {
		arg->offset = choose_number(rng, 16 << 20);
		arg->length = choose_number(rng, 16 << 20);
	} else if (choice == 8) {
		arg->region_index = choose_region(rng);
	} else if (choice == 9) {
		arg->reserved = 1u << rng_below(rng, 32);
	}
	if (rng_below(rng, 6) == 0)
		query_spoil_head(q, rng);
}

/* Without a length: the whole BAR, or what of it an IOMMU can have */
static void whole_range(const struct bar *bar, bool iommu, __u64 *offset,
			__u64 *length)
{
	const __u64 end = bar->start + bar->size;
	__u64 first = bar->start;

	if (*offset || *length)
		return;
	*length = bar->size;
	if (!iommu)
		return;
	first = (first + GRANULE - 1) / GRANULE * GRANULE;
	*offset = first - bar->start;
	*length = first < end ? (end - first) / GRANULE * GRANULE : 0;
}

static bool is_exported(const struct device *device, __u32 bar)
{
	int i;

	for (i = 0; i < NR_BUFFERS; i++) {
		const struct buffer *buf = &world.buffers[i];

		if (buf->used && buf->device == device && buf->bar == bar &&
		    buf->opens == device->opens && !buf->revoked)
			return true;
	}
	return false;
}

/* vfio maps no less than a page, unless nothing else is in that. */
static bool can_be_mmapped(const struct bar *bar)
{
	return bar->memory && (bar->size >= PAGE || bar->start % PAGE == 0);
}

static int range_answer(const struct device *device, const struct query *q,
			struct registered *range)
{
	const struct vfio_p2p_register *arg = &q->registration;
	const bool iommu = arg->flags & VFIO_P2P_REGISTER_IOMMU;
	__u64 offset = arg->offset, length = arg->length;
	const struct bar *bar;

	if (arg->region_index >= NR_BARS)
		return -ENODEV;
	bar = &device->bars[arg->region_index];
	if (!bar->size)
		return -ENODEV;
	if (!can_be_mmapped(bar))
		return -EINVAL;
	if (!world.clears_memory && q->caller == CALLER_NOBODY)
		return -EPERM;
	whole_range(bar, iommu, &offset, &length);
	if (!length || offset > bar->size || length > bar->size - offset ||
	    (bar->start + offset) % GRANULE || length % GRANULE)
		return -EINVAL;
	if ((arg->region_index == WINDOW_BAR && device->window) ||
	    is_exported(device, arg->region_index))
		return -EBUSY;
	*range = (struct registered) {
		.device = device,
		.bar = arg->region_index,
		.iommu = iommu,
		.offset = offset,
		.length = length,
	};
	return 0;
}

static int register_answer(const struct query *q, const struct device *device,
			   int device_answer, struct registered *range)
{
	const struct vfio_p2p_register *arg = &q->registration;
	int ret = query_answer(q);

	if (ret)
		return ret;
	if (arg->reserved || arg->flags == VFIO_P2P_REGISTER_REFUSE_RESET)
		return -EINVAL;
	if (arg->flags && !(world.capabilities & VFIO_P2P_CAP_IOMMU_PAGES))
		return -EOPNOTSUPP;
	if (device_answer)
		return device_answer;
	return range_answer(device, q, range);
}

/* The struct names the device at the same place in all of these calls. */
static struct query make_query(const struct registered *range, unsigned int cmd,
			       size_t known)
{
	struct query q = {
		.cmd = cmd,
		.known = known,
		.size = known,
		.device_fd = range->device->vfio.fd,
		.info.argsz = known,
	};

	q.pool.device_fd = q.device_fd;
	q.pool.region_index = range->bar;
	return q;
}

static long call(struct query *q, bool gives_fd)
{
	q->device_fd_field = &q->pool.device_fd;
	return query_call(q, gives_fd);
}

/* Pages in a row that no slice has */
static __u64 longest(const struct registered *range)
{
	__u64 begin = range->offset, most = 0;
	unsigned int i;

	for (i = 0; i < range->nr; i++) {
		if (range->slices[i].offset - begin > most)
			most = range->slices[i].offset - begin;
		begin = range->slices[i].offset + range->slices[i].length;
	}
	begin = range->offset + range->length - begin;
	return begin > most ? begin : most;
}

static int alloc_answer(const struct query *q, const struct registered *range)
{
	const struct vfio_p2p_alloc *arg = &q->alloc;
	const bool iommu = arg->flags & VFIO_P2P_ALLOC_IOMMU;
	int ret = query_answer(q);

	if (ret)
		return ret;
	if (arg->reserved || (arg->open_flags & ~(O_RDWR | O_CLOEXEC)))
		return -EINVAL;
	if (iommu && !(world.capabilities & VFIO_P2P_CAP_IOMMU_PAGES))
		return -EOPNOTSUPP;
	if (q->caller == CALLER_STRANGER)
		return -EBADF;
	if (!arg->length || arg->length % PAGE || (iommu && arg->offset % PAGE))
		return -EINVAL;
	if (arg->region_index != range->bar || iommu != range->iommu)
		return -ENOENT;
	if (!iommu)
		return arg->length > longest(range) ? -ENOSPC : 0;
	return arg->offset < range->offset ||
	       arg->offset - range->offset > range->length ||
	       arg->length > range->length - (arg->offset - range->offset) ?
	       -ENOENT : 0;
}

/* It must be within the range, and nobody else's; keeps the order. */
static void keep_slice(struct registered *range, const struct slice *slice)
{
	unsigned int i = range->nr++;

	while (i && range->slices[i - 1].offset > slice->offset) {
		range->slices[i] = range->slices[i - 1];
		i--;
	}
	range->slices[i] = *slice;
	if (slice->offset < range->offset ||
	    slice->offset + slice->length > range->offset + range->length)
		bug("a slice at %#llx", slice->offset);
	if (range->iommu)
		return;
	slice = &range->slices[i];
	if ((i && slice->offset < slice[-1].offset + slice[-1].length) ||
	    (i + 1 < range->nr &&
	     slice->offset + slice->length > slice[1].offset))
		bug("a slice at %#llx overlaps", slice->offset);
}

static void take_slice(struct registered *range, const struct query *q, int fd)
{
	const struct vfio_p2p_alloc *answer = (void *)q->address;
	const bool writes = q->alloc.open_flags & O_RDWR;
	struct slice slice = {
		.fd = fd,
		.offset = answer->offset,
		.length = q->alloc.length,
	};

	slice.addr = mmap(NULL, PAGE, PROT_READ | (writes ? PROT_WRITE : 0),
			  MAP_SHARED, fd, slice.length - PAGE);
	if (slice.addr == MAP_FAILED)
		bug("mmap of a slice: %s", strerror(errno));
	keep_slice(range, &slice);
}

static void try_alloc(struct registered *range, struct rng *rng)
{
	struct query q = make_query(range, VFIO_P2P_ALLOC, sizeof(q.alloc));
	const __u64 lengths[] = {
		PAGE, 3 * PAGE, GRANULE, range->length, range->length + PAGE,
		0, PAGE - 1, 1ull << 63, -PAGE,
	};
	struct expect expect;
	long ret;

	if (range->nr == NR_SLICES)
		return;
	q.flags = VFIO_P2P_ALLOC_IOMMU;
	q.alloc.flags = range->iommu ^ (rng_below(rng, 8) == 0);
	q.alloc.length = lengths[rng_below(rng, ARRAY_SIZE(lengths))];
	q.alloc.offset = range->offset + (rng_below(rng, 4) ? 0 :
					  choose_number(rng, range->length));
	q.alloc.open_flags = rng_below(rng, 8) ? O_RDWR | O_CLOEXEC :
						 rng_below(rng, 16);
	if (rng_below(rng, 12) == 0)
		q.alloc.region_index = choose_region(rng);
	if (rng_below(rng, 12) == 0)
		q.alloc.reserved = 1;
	if (rng_below(rng, 8) == 0)
		query_spoil_head(&q, rng);
	query_choose_caller(&q, rng_next(rng));
	expect = expect_one(alloc_answer(&q, range));
	ret = call(&q, true);
	answer_check(&expect, ret, "alloc flags %u length %#llx offset %#llx open %#x caller %d",
		     q.alloc.flags, q.alloc.length, q.alloc.offset,
		     q.alloc.open_flags, q.caller);
	if (ret >= 0)
		take_slice(range, &q, ret);
}

/* What is not the CPU's it does not get; the rest if the device decodes. */
static void touch_slice(const struct registered *range, struct rng *rng)
{
	const enum certain access = model_access(range->device);
	struct expect expect = {};
	__u32 value;

	if (!range->nr)
		return;
	if (range->iommu || access != YES)
		expect_add(&expect, -EFAULT);
	if (!range->iommu && access != NO)
		expect_add(&expect, 0);
	answer_check(&expect, touch_read(range->slices[rng_below(rng, range->nr)].addr,
					 &value), "touch of a slice");
}

static void ask_pool(const struct registered *range, struct rng *rng)
{
	struct query q = make_query(range, VFIO_P2P_POOL, sizeof(q.pool));
	const struct vfio_p2p_pool *pool;
	__u64 taken = 0;
	struct expect expect;
	unsigned int i;
	long ret;

	if (rng_below(rng, 4) == 0)
		query_spoil_head(&q, rng);
	expect = expect_one(query_answer(&q));
	ret = call(&q, false);
	answer_check(&expect, ret, "pool argsz %u", q.pool.argsz);
	pool = (void *)q.address;
	for (i = 0; i < range->nr; i++)
		taken += range->slices[i].length;
	if (!ret && !range->iommu &&
	    (pool->size != range->length || pool->pools != 1 ||
	     pool->slices != range->nr || pool->longest != longest(range) ||
	     pool->free != range->length - taken))
		bug("pool: %llu bytes, %llu free, %llu longest, %u slices",
		    pool->size, pool->free, pool->longest, pool->slices);
}

static void register_again(const struct registered *range)
{
	const struct expect expect = expect_one(-EBUSY);
	struct query q = make_query(range, VFIO_P2P_REGISTER,
				    sizeof(q.registration));

	q.registration.offset = range->offset;
	q.registration.length = range->length;
	answer_check(&expect, call(&q, false), "register again");
}

/* Others do not get what has pages; and all of it again is too much. */
static void try_others(const struct registered *range, struct rng *rng)
{
	struct expect expect = expect_one(range->iommu ? 0 : -EBUSY);
	void *addr;
	int ret;

	switch (rng_below(rng, 3)) {
	case 0:
		ret = p2p_export_range(world.control, range->device->vfio.fd,
				       range->bar, range->offset, PAGE);
		answer_check(&expect, ret, "export of what has pages");
		if (ret >= 0)
			close(ret);
		break;
	case 1:
		ret = vfio_region_mmap(&range->device->vfio, range->bar, 0,
				       PAGE, &addr);
		answer_check(&expect, ret, "mmap of what has pages");
		if (!ret)
			munmap(addr, PAGE);
		break;
	default:
		register_again(range);
	}
}

static void act(struct registered *range, struct rng *rng)
{
	switch (rng_below(rng, 6)) {
	case 0:
		ask_pool(range, rng);
		break;
	case 1:
		try_others(range, rng);
		break;
	case 2:
		touch_slice(range, rng);
		break;
	default:
		try_alloc(range, rng);
	}
}

static int unregister_answer(const struct query *q,
			     const struct registered *range)
{
	int ret = query_answer(q);

	if (ret)
		return ret;
	if (q->caller == CALLER_STRANGER)
		return -EBADF;
	return q->unregister.region_index != range->bar ||
	       q->unregister.offset != range->offset ? -ENOENT : 0;
}

/* Return: whether it is over */
static bool try_unregister(const struct registered *range, struct rng *rng,
			   bool spoil)
{
	struct query q = make_query(range, VFIO_P2P_UNREGISTER,
				    sizeof(q.unregister));
	struct expect expect;
	long ret;

	q.unregister.offset = range->offset;
	if (spoil) {
		query_choose_caller(&q, rng_next(rng));
		if (rng_below(rng, 2))
			query_spoil_head(&q, rng);
		else if (rng_below(rng, 2))
			q.unregister.offset = choose_number(rng, range->length);
		else
			q.unregister.region_index = choose_region(rng);
	}
	expect = expect_one(unregister_answer(&q, range));
	ret = call(&q, false);
	answer_check(&expect, ret, "unregister region %u offset %#llx argsz %u caller %d",
		     q.unregister.region_index, q.unregister.offset,
		     q.unregister.argsz, q.caller);
	return !ret;
}

static void end_slices(struct registered *range)
{
	const struct expect expect = expect_one(-EFAULT);
	__u32 value;

	while (range->nr--) {
		struct slice *slice = &range->slices[range->nr];

		answer_check(&expect, touch_read(slice->addr, &value),
			     "touch of what is gone");
		munmap(slice->addr, PAGE);
		close(slice->fd);
	}
}

static void use(struct registered *range, struct rng *rng)
{
	unsigned int nr = rng_below(rng, 10);

	while (nr--)
		act(range, rng);
	if (rng_below(rng, 2) || !try_unregister(range, rng, true))
		try_unregister(range, rng, false);
	end_slices(range);
}

static void register_any(struct rng *rng, __u32 caller)
{
	struct query q = {
		.cmd = VFIO_P2P_REGISTER,
		.known = sizeof(q.registration),
		.flags = REGISTER_FLAGS,
		.size = sizeof(q.registration),
	};
	const struct vfio_p2p_register *answer;
	const struct device *device;
	struct registered range = {};
	struct expect expect;
	int device_answer;
	long ret;

	query_choose_caller(&q, caller);
	choose_registration(&q, rng);
	device = query_choose_device(&q, rng, &device_answer);
	q.registration.device_fd = q.device_fd;
	expect = expect_one(register_answer(&q, device, device_answer, &range));
	ret = call(&q, false);
	answer_check(&expect, ret, "register argsz %u size %zu flags %#x fd %d region %u offset %#llx length %#llx caller %d",
		     q.registration.argsz, q.size, q.registration.flags,
		     q.device_fd, q.registration.region_index,
		     q.registration.offset, q.registration.length, q.caller);
	if (ret)
		return;
	answer = (void *)q.address;
	if (answer->offset != range.offset || answer->length != range.length ||
	    answer->granule != GRANULE || answer->reason)
		bug("registered %#llx bytes at %#llx", answer->length,
		    answer->offset);
	use(&range, rng);
}

/* Where vfio has the BAR mapped there is nothing to be had. */
void op_pages(const __u32 *field)
{
	struct rng rng = { .state = field[1] };
	int i;

	if (!(world.capabilities & VFIO_P2P_CAP_PAGES))
		return;
	if (field[0] % 4)
		for (i = 0; i < NR_DEVICES; i++)
			device_close_window(&world.devices[i]);
	register_any(&rng, field[2]);
	for (i = 0; i < NR_DEVICES; i++)
		if (world.devices[i].vfio.fd >= 0)
			device_open_window(&world.devices[i]);
}
