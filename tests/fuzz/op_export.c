// SPDX-License-Identifier: GPL-2.0-only
/* EXPORT, and VFIO_DEVICE_FEATURE with feature 11. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "area.h"
#include "array.h"
#include "disturber.h"
#include "export_case.h"
#include "ops.h"
#include "report.h"
#include "tap.h"

/* How often a call is tried while something disturbs it */
#define DISTURBED_CALLS	32
#define LAZY_CALLS	4

/* Numbers of fds that nothing else gets */
#define PRIVATE_FD	300

/* Memory that is there, and memory that comes when it is asked for */
static struct area args[2], lists[2];

/**
 * struct placed - a case in memory
 * @arg: address of the argument
 * @area: where that is
 * @list: address of the ranges, if elsewhere
 * @list_area: where they are
 */
struct placed {
	char *arg;
	struct area *area;
	char *list;
	struct area *list_area;
};

void op_export_open(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		area_open(&args[i], i);
		area_open(&lists[i], i);
	}
}

static void place_huge(struct export_case *c, struct placed *placed)
{
	placed->list = (char *)huge_ranges();
	if (!c->feature)
		return;
	placed->arg = placed->list - c->head;
	memcpy(placed->arg, c->image, c->head);
}

/*
 * LAZY, where the kernel can do that: pages of the ranges, or of an argument that
 * has them in it, come when they are asked for.
 */
static void place(struct export_case *c, struct placed *placed, bool lazy)
{
	lazy = lazy && area_has_faults(&args[1]);
	*placed = (struct placed) {
		.area = &args[lazy && c->feature],
		.list_area = &lists[lazy && !c->feature],
	};
	if (c->huge)
		place_huge(c, placed);
	else
		placed->list = area_place(placed->list_area, c->ranges,
					  c->ranges_size);
	if (c->ranges_address)
		placed->list = (char *)c->ranges_address;
	if (!c->feature)
		export_of(c)->ranges = (uintptr_t)placed->list;
	if (!placed->arg)
		placed->arg = area_place(placed->area, c->image, c->size);
	if (c->address)
		placed->arg = (char *)c->address;
}

static int lowest_free_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void limit_fds(rlim_t limit)
{
	struct rlimit rlimit;

	getrlimit(RLIMIT_NOFILE, &rlimit);
	rlimit.rlim_cur = limit;
	setrlimit(RLIMIT_NOFILE, &rlimit);
}

static struct call make_call(struct export_case *c, struct placed *placed)
{
	struct call call = {
		.fd = c->feature ? c->device_fd : world.control,
		.cmd = c->feature ? VFIO_DEVICE_FEATURE : VFIO_P2P_EXPORT,
		.arg = (uintptr_t)placed->arg,
		.device_fd = c->device_fd,
	};
	struct vfio_p2p_export *export = (void *)placed->arg;

	/* The field is there, and may be written. */
	if (!c->feature && c->size >= sizeof(*export) && !c->address &&
	    !c->read_only && !area_has_faults(placed->area))
		call.device_fd_field = &export->device_fd;
	return call;
}

static long call_once(struct export_case *c, struct placed *placed)
{
	struct call call = make_call(c, placed);
	bool probe = c->feature &&
		     feature_of(c)->flags & VFIO_DEVICE_FEATURE_PROBE;
	struct rlimit before;
	long ret;

	if (!c->no_fd_left)
		return caller_ioctl(c->caller, &call, !probe);
	getrlimit(RLIMIT_NOFILE, &before);
	limit_fds(lowest_free_fd());
	ret = caller_ioctl(c->caller, &call, !probe);
	limit_fds(before.rlim_cur);
	return ret;
}

/* Is the new file as it was asked for? */
static void check_file(struct export_case *c, int fd, const struct buffer *buf)
{
	__u32 flags = c->feature ? get_of(c)->open_flags :
				   export_of(c)->open_flags;
	int cloexec = flags & O_CLOEXEC ? FD_CLOEXEC : 0;
	off_t size = lseek(fd, 0, SEEK_END);

	if (size != (off_t)buf->size)
		bug("the dma-buf has %lld bytes, not %llu", (long long)size,
		    (unsigned long long)buf->size);
	/* An fd that came from somebody else has the receiver's flag. */
	if (c->caller <= CALLER_COMPAT && fcntl(fd, F_GETFD) != cloexec)
		bug("close-on-exec is %d", fcntl(fd, F_GETFD));
	if ((flags & O_ACCMODE) != O_ACCMODE &&
	    (fcntl(fd, F_GETFL) & O_ACCMODE) != (int)(flags & O_ACCMODE))
		bug("open flags %#x", fcntl(fd, F_GETFL));
}

/* Keep it if there is room. */
static void take_buffer(struct export_case *c, int fd,
			const struct model_ranges *ranges)
{
	struct buffer *slot = buffer_free_slot();
	struct buffer buf;

	model_buffer(ranges, &buf);
	check_file(c, fd, &buf);
	if (slot && !c->huge) {
		buf.fd = fd;
		*slot = buf;
		return;
	}
	close(fd);
	free(buf.ranges);
}

static bool gives_buffer(struct export_case *c, struct model_ranges *ranges)
{
	return case_answer(c, ranges) == 0;
}

/* 1 is success, too: of a call that asks for nothing. */
static int answer_of(struct export_case *c, struct model_ranges *ranges)
{
	int answer = case_answer(c, ranges);

	return answer > 0 ? 0 : answer;
}

static void run_quietly(struct export_case *c)
{
	struct model_ranges ranges;
	struct expect expect;
	struct placed placed;
	long ret;

	place(c, &placed, false);
	expect = expect_one(answer_of(c, &ranges));
	if (c->read_only)
		area_protect(placed.area, PROT_READ);
	ret = call_once(c, &placed);
	if (c->read_only)
		area_protect(placed.area, PROT_READ | PROT_WRITE);
	answer_check(&expect, ret, "%s", case_describe(c));
	if (ret >= 0 && gives_buffer(c, &ranges))
		take_buffer(c, ret, &ranges);
}

/**
 * struct disturbed - a case whose argument, or whose fds change under way
 * @cases: as it is, and as FLIP makes it
 * @nr: of @cases
 * @expect: what may come of it
 * @disturbance: what is done
 * @placed: where the argument is
 */
struct disturbed {
	struct export_case cases[2];
	int nr;
	struct expect expect;
	struct disturbance disturbance;
	struct placed placed;
};

/* Words that must stay: they name other fds, other memory, other features. */
static bool may_flip(const struct export_case *c, size_t at)
{
	if (c->feature)
		return at != 4 && at != 5;
	return (at < 8 || at >= 12) && at < 24;
}

/* Near the begin, more depends on it; and most on a few numbers there. */
static size_t choose_byte(const struct export_case *c, size_t size,
			  bool in_list, __u32 choice)
{
	/* argsz, its flags or those of the feature, number of ranges */
	static const size_t numbers[] = { 0, 1, 16, 20, 20 };
	size_t at = numbers[choice / 4 % ARRAY_SIZE(numbers)];

	if (!in_list && choice % 4 < 2 && at < size)
		return at;
	if (choice % 4 < 3 && size > 48)
		size = 48;
	return choice / 4 % size;
}

/*
 * One byte of a word, because a copy of a word can be interrupted.  The word is
 * in the argument, or in the ranges if they are elsewhere.
 */
static bool choose_flip(struct disturbed *d, __u32 choice)
{
	struct export_case *c = &d->cases[0], *other = &d->cases[1];
	bool in_list = !c->feature && choice % 4 == 0;
	size_t size = in_list ? c->ranges_size : c->size;
	size_t at;
	char *base;

	if (size < 4 || size % 4)
		return false;
	at = choose_byte(c, size, in_list, choice / 4);
	choice /= 1u << 16;
	if (!in_list && !may_flip(c, at))
		return false;

	*other = *c;
	if (in_list)
		((unsigned char *)other->ranges)[at] ^= 1u << choice % 8;
	else
		other->image[at] ^= 1u << choice % 8;
	at &= ~3ul;
	base = in_list ? d->placed.list : d->placed.arg;
	d->disturbance.area = in_list ? d->placed.list_area : d->placed.area;
	d->disturbance.word = base + at;
	memcpy(&d->disturbance.values[0], in_list ?
	       (char *)c->ranges + at : (char *)c->image + at, 4);
	memcpy(&d->disturbance.values[1], in_list ?
	       (char *)other->ranges + at : (char *)other->image + at, 4);
	d->nr = 2;
	return true;
}

static void choose_fd(struct disturbed *d, bool swap)
{
	struct export_case *c = &d->cases[0];

	if (c->device_answer) {
		d->disturbance.what = DISTURB_NOTHING;
		return;
	}
	d->disturbance.from = c->device_fd;
	d->disturbance.fd = dup2(c->device_fd, PRIVATE_FD);
	d->disturbance.foreign = world.importers[0].fd;
	c->device_fd = PRIVATE_FD;
	if (!c->feature)
		export_of(c)->device_fd = PRIVATE_FD;
	expect_add(&d->expect, !swap ? -EBADF : c->feature ? -ENOTTY : -EINVAL);
}

/* Who does not let go would make the disturber wait for ever. */
static bool all_let_go(void)
{
	int i;

	for (i = 0; i < NR_ATTACHMENTS; i++)
		if (world.attachments[i].handle &&
		    world.attachments[i].flavour != P2P_TEST_DYNAMIC)
			return false;
	return true;
}

static bool choose_disturbance(struct disturbed *d, __u32 choice)
{
	static const enum disturb kinds[] = {
		DISTURB_FLIP, DISTURB_FLIP, DISTURB_FLIP, DISTURB_FLIP,
		DISTURB_NOTHING, DISTURB_PROTECT, DISTURB_CLOSE_FD,
		DISTURB_SWAP_FD, DISTURB_CLOSE_NEW, DISTURB_TAKE_NEW,
		DISTURB_DECODE,
	};
	const struct device *device = d->cases[0].device;

	d->disturbance.what = kinds[choice % ARRAY_SIZE(kinds)];
	d->disturbance.device = device;
	switch (d->disturbance.what) {
	case DISTURB_PROTECT:
		expect_add(&d->expect, -EFAULT);
		break;
	case DISTURB_CLOSE_NEW:
	case DISTURB_TAKE_NEW:
		d->disturbance.fd = lowest_free_fd();
		d->disturbance.foreign = world.importers[0].fd;
		break;
	case DISTURB_DECODE:
		return model_access(device) == YES && all_let_go();
	default:
		break;
	}
	return true;
}

/* Before the argument has its place: it names the fd. */
static void prepare_fds(struct disturbed *d)
{
	if (d->disturbance.what == DISTURB_CLOSE_FD ||
	    d->disturbance.what == DISTURB_SWAP_FD)
		choose_fd(d, d->disturbance.what == DISTURB_SWAP_FD);
}

static bool same_ranges(const struct buffer *buf,
			const struct p2p_test_sg_entry *entries, int nr)
{
	int i;

	if (nr != (int)buf->nr)
		return false;
	for (i = 0; i < nr; i++)
		if (entries[i].dma_len != buf->ranges[i].length)
			return false;
	return true;
}

/* Is it what one of the cases asked for, and not a mixture? */
static void check_one_of(struct disturbed *d, int fd)
{
	struct p2p_test_sg_entry entries[CASE_MANY];
	struct importer *imp = &world.importers[1];
	off_t size = lseek(fd, 0, SEEK_END);
	struct model_ranges ranges;
	struct buffer buf;
	int handle, nr = -1, i;
	bool found = false;

	handle = importer_attach(imp, fd, P2P_TEST_DYNAMIC);
	if (handle > 0 && size <= (64 << 20) &&
	    !importer_map(imp, handle, P2P_TEST_FROM_DEVICE))
		nr = importer_sg(imp, handle, entries, CASE_MANY);
	for (i = 0; i < d->nr && !found; i++) {
		if (!gives_buffer(&d->cases[i], &ranges))
			continue;
		model_buffer(&ranges, &buf);
		found = size == (off_t)buf.size &&
			(nr < 0 || same_ranges(&buf, entries, nr));
		free(buf.ranges);
	}
	if (handle > 0)
		importer_detach(imp, handle);
	if (!found)
		bug("the dma-buf (%lld bytes, %d entries) is not what was asked for",
		    (long long)size, nr);
}

static bool fd_is_disturbed(const struct disturbed *d)
{
	return d->disturbance.what == DISTURB_CLOSE_NEW ||
	       d->disturbance.what == DISTURB_TAKE_NEW;
}

static bool is_probe(struct export_case *c)
{
	return c->feature &&
	       feature_of(c)->flags & VFIO_DEVICE_FEATURE_PROBE;
}

static void call_disturbed(struct disturbed *d)
{
	struct export_case *c = &d->cases[0];
	struct call call = make_call(c, &d->placed);
	/* With FLIP it can be a probe, or not; 0 is no fd of an export. */
	bool gives_fd = !is_probe(c) && c->caller <= CALLER_COMPAT;
	struct area *lazy = d->disturbance.faults;
	int i;

	call.device_fd_field = NULL;
	for (i = 0; i < (lazy ? LAZY_CALLS : DISTURBED_CALLS); i++) {
		long ret;

		if (lazy)
			area_take_away(lazy);
		ret = caller_ioctl(c->caller, &call, gives_fd);
		answer_check(&d->expect, ret, "disturbed (%d) %s",
			     d->disturbance.what, case_describe(c));
		if (ret <= 0)
			continue;
		if (!fd_is_disturbed(d))
			check_one_of(d, ret);
		close(ret);
	}
}

static struct area *faults_of(const struct export_case *c,
			      struct placed *placed)
{
	struct area *area = c->feature ? placed->area : placed->list_area;

	return area_has_faults(area) ? area : NULL;
}

static void run_disturbed(struct disturbed *d, const __u32 *field)
{
	struct export_case *c = &d->cases[0];
	struct model_ranges ranges;

	if (!choose_disturbance(d, field[5] / 4)) {
		run_quietly(c);
		return;
	}
	prepare_fds(d);
	if (field[6] % 2)
		case_split(c, field[6] / 4);
	place(c, &d->placed, field[6] % 2);
	d->disturbance.area = d->placed.area;
	d->disturbance.faults = faults_of(c, &d->placed);
	d->nr = 1;
	expect_add(&d->expect, answer_of(c, &ranges));
	if (d->disturbance.what == DISTURB_FLIP &&
	    choose_flip(d, field[7]))
		expect_add(&d->expect, answer_of(&d->cases[1], &ranges));
	else if (d->disturbance.what == DISTURB_FLIP)
		d->disturbance.what = DISTURB_NOTHING;
	d->disturbance.busy = field[6] / 2 % 2;

	disturb_begin(&d->disturbance);
	call_disturbed(d);
	disturb_end();
	if (d->disturbance.what == DISTURB_DECODE)
		model_unsure(c->device);
	close(PRIVATE_FD);
}

void op_export(const __u32 *field)
{
	static struct disturbed d;
	struct export_case *c = &d.cases[0];

	memset(&d, 0, sizeof(d));
	case_make(c, field);
	if (field[5] % 4 || c->huge || c->address || c->ranges_address ||
	    c->read_only || c->no_fd_left || c->caller > CALLER_COMPAT)
		run_quietly(c);
	else
		run_disturbed(&d, field);
	case_end(c);
}
