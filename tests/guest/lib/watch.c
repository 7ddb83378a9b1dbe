// SPDX-License-Identifier: GPL-2.0-only
/* What an event does to the importers of a dma-buf. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "answer.h"
#include "env.h"
#include "job.h"
#include "pattern.h"
#include "vfio_region.h"
#include "watch.h"

#define SIZE	64
#define TEXT	128

/* Seeds: each transfer brings other data than the one before */
static unsigned int last_seed;

/**
 * struct doing - an event under way
 * @watch: what it happens to
 * @fn: the event
 * @over: eventfd, signalled when it is over
 */
struct doing {
	struct watch *watch;
	watch_fn fn;
	int over;
};

static int happen(void *arg)
{
	struct doing *doing = arg;
	int ret = doing->fn(doing->watch);

	eventfd_write(doing->over, 1);

	return ret;
}

static bool stat_of(struct party *party, struct p2p_test_stat *stat)
{
	assert_ok(importer_stat(party->imp, party->handle, stat));

	return stat->flags & P2P_TEST_STAT_MAPPED;
}

static bool is_mapped(struct party *party)
{
	struct p2p_test_stat stat;

	return stat_of(party, &stat);
}

/* "told 1, not mapped", of what was since the last time */
static const char *seen(struct party *party, char *text)
{
	struct p2p_test_stat stat;
	bool mapped = stat_of(party, &stat);

	snprintf(text, TEXT, "told %llu, %s", stat.notifies - party->told,
		 mapped ? "mapped" : "not mapped");
	party->told = stat.notifies;

	return text;
}

static int map(struct party *party)
{
	return importer_map(party->imp, party->handle, P2P_TEST_BIDIRECTIONAL);
}

/* By DMA of the watcher into the dma-buf, seen by the owner of the device */
static const char *data_arrives(struct watch *watch)
{
	char data[SIZE], found[SIZE];
	int ret;

	pattern_fill(data, SIZE, ++last_seed, 0);
	ret = importer_write(watch->watcher.imp, watch->watcher.handle, 0, data,
			     SIZE);
	if (!ret)
		ret = vfio_region_read(&watch->scene.dev, SCENE_BAR,
				       watch->offset, found, SIZE);
	if (ret)
		return answer_code(ret);

	return memcmp(data, found, SIZE) ? "lost" : "arrives";
}

/* What the holder is to find there; the BAR can't be written to in an event. */
static void leave_data(struct watch *watch)
{
	char data[SIZE];

	pattern_fill(data, SIZE, ++last_seed, 0);
	assert_ok(vfio_region_write(&watch->scene.dev, SCENE_BAR, watch->offset,
				    data, SIZE));
}

/* By DMA of the holder, to the address that it has */
static const char *held_data_arrives(struct watch *watch)
{
	char found[SIZE];

	assert_ok(importer_raw_read(&watch->far, watch->address, found, SIZE));

	return pattern_check(found, SIZE, last_seed, 0) == SIZE ? "arrives" :
								  "lost";
}

static int try_attach(struct watch *watch)
{
	int ret = importer_attach(&watch->scene.imp, watch->dmabuf,
				  P2P_TEST_DYNAMIC);

	if (ret < 0)
		return ret;

	return importer_detach(&watch->scene.imp, ret);
}

/* "map 0, data arrives, attach 0"; who has it mapped needs not map it. */
static const char *tried(struct watch *watch, char *text)
{
	const bool mapped = is_mapped(&watch->watcher);
	const int ret = mapped ? 0 : map(&watch->watcher);
	int n = 0;

	if (!mapped)
		n = snprintf(text, TEXT, "map %s, ", answer_code(ret));
	if (!ret)
		n += snprintf(text + n, TEXT - n, "data %s, ",
			      data_arrives(watch));
	snprintf(text + n, TEXT - n, "attach %s",
		 answer_code(try_attach(watch)));

	return text;
}

void watch_look(struct watch *watch, const char *what)
{
	char state[TEXT], able[TEXT];

	seen(&watch->watcher, state);
	answer(what, "%s, %s", state, tried(watch, able));
}

void watch_glance(struct party *party, const char *what)
{
	char state[TEXT];

	answer(what, "%s", seen(party, state));
}

/* Until the holder is told, or the event is over; true if it is not. */
static bool wait_told(struct watch *watch, const struct doing *doing)
{
	struct pollfd fds[] = {
		{ .fd = watch->far.fd, .events = POLLIN },
		{ .fd = doing->over, .events = POLLIN },
	};

	assert_true(poll(fds, 2, IMPORTER_TIMEOUT_MS) > 0);

	return fds[0].revents;
}

static bool is_over(const struct doing *doing)
{
	struct pollfd pfd = { .fd = doing->over, .events = POLLIN };

	return poll(&pfd, 1, 0) > 0;
}

static void over_too_early(const char *question)
{
	char what[2 * TEXT];

	snprintf(what, sizeof(what), "%s, over", question);
	answer(what, "before the holder let go");
}

/*
 * The event waits for the holder, or else there is one more line.  Whoever maps
 * comes after all have been told, hence the order.
 */
static void look_during(struct watch *watch, const struct doing *doing,
			const char *question)
{
	const int mapped = map(&watch->watcher);
	char first[TEXT], second[TEXT];

	answer(question, "watcher %s, map %s, attach %s; holder %s, data %s",
	       seen(&watch->watcher, first), answer_code(mapped),
	       answer_code(try_attach(watch)), seen(&watch->holder, second),
	       held_data_arrives(watch));
	if (watch->during)
		watch->during(watch, question);
	if (is_over(doing))
		over_too_early(question);
}

static void map_holder(struct watch *watch)
{
	struct p2p_test_sg_entry entry;

	if (is_mapped(&watch->holder) || map(&watch->holder))
		return;

	assert_ok(importer_sg(&watch->far, watch->holder.handle, &entry, 1));
	watch->address = entry.dma_address;
}

static int happen_and_look(struct watch *watch, const char *question,
			   watch_fn fn)
{
	struct doing doing = { watch, fn, eventfd(0, EFD_CLOEXEC) };
	const bool held = is_mapped(&watch->holder);
	struct job job;
	int ret;

	assert_true(doing.over >= 0);
	if (held)
		leave_data(watch);
	assert_ok(importer_clear_events(&watch->far));
	job_start(&job, happen, &doing);
	if (!held)
		answer(question, "nobody has it mapped");
	else if (wait_told(watch, &doing))
		look_during(watch, &doing, question);
	else
		answer(question, "waits for nobody");
	if (held)
		assert_ok(importer_unmap(&watch->far, watch->holder.handle));
	ret = job_join(&job);
	close(doing.over);

	return ret;
}

void watch_event(struct watch *watch, const char *what, watch_fn fn)
{
	char question[TEXT], state[TEXT], able[TEXT];
	int ret;

	snprintf(question, TEXT, "%s, before", what);
	watch_glance(&watch->watcher, question);
	snprintf(question, TEXT, "%s, during", what);
	ret = happen_and_look(watch, question, fn);

	snprintf(question, TEXT, "%s, after", what);
	seen(&watch->watcher, state);
	answer(question, "%s; %s, %s", answer_code(ret), state,
	       tried(watch, able));
	map_holder(watch);
	seen(&watch->holder, state);
}

static void attach(struct party *party, struct importer *imp, int dmabuf,
		   enum p2p_test_flavour flavour)
{
	party->imp = imp;
	party->told = 0;
	party->handle = assert_ok(importer_attach(imp, dmabuf, flavour));
}

void watch_begin(struct watch *watch, __u64 offset)
{
	watch->offset = offset;
	watch->dmabuf = scene_export(&watch->scene, offset, WATCH_PAGE);
	watch->during = NULL;
	attach(&watch->watcher, &watch->scene.imp, watch->dmabuf,
	       P2P_TEST_DYNAMIC);
	attach(&watch->holder, &watch->far, watch->dmabuf,
	       P2P_TEST_IGNORE_NOTIFY);
	assert_ok(map(&watch->watcher));
	map_holder(watch);
}

void watch_open(struct watch *watch, const char *exporter, const char *what)
{
	char question[TEXT];

	scene_open(&watch->scene, exporter, "IMPORTER_EDU0");
	/* A mapping of the BAR would keep the device open. */
	munmap(watch->scene.bar, SCENE_SIZE);
	watch->scene.bar = NULL;
	assert_ok(importer_open(&watch->far,
				env_bdf_or_skip("IMPORTER_EDU1")));
	watch_begin(watch, 2 * WATCH_PAGE);
	snprintf(question, TEXT, "%s, at first", what);
	watch_look(watch, question);
}

void watch_close(struct watch *watch)
{
	importer_close(&watch->far);
	close(watch->dmabuf);
	scene_close(&watch->scene);
}
