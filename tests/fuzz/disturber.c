// SPDX-License-Identifier: GPL-2.0-only
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "disturber.h"
#include "model.h"
#include "rng.h"
#include "tap.h"
#include "vfio_config.h"

/* Between two steps, in ns */
#define PAUSE_MIN	20000
#define PAUSE_MORE	200000

static pthread_t thread;
static bool running;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct disturbance now;
static bool wanted, working;
static struct rng rng;

static bool still_wanted(void)
{
	return __atomic_load_n(&wanted, __ATOMIC_ACQUIRE);
}

static void do_let_go(void)
{
	int i;

	for (i = 0; i < NR_ATTACHMENTS; i++) {
		const struct attachment *att = &world.attachments[i];

		if (att->handle)
			importer_unmap(&world.importers[att->importer],
				       att->handle);
	}
}

/* SIDE 0 is how it should be. */
static void do_side(int side)
{
	switch (now.what) {
	case DISTURB_FLIP:
		area_write(now.area, now.word, now.values[side]);
		break;
	case DISTURB_PROTECT:
		area_protect(now.area, side ? PROT_NONE :
			     PROT_READ | PROT_WRITE);
		break;
	case DISTURB_CLOSE_FD:
		if (side)
			close(now.fd);
		else
			dup2(now.from, now.fd);
		break;
	case DISTURB_SWAP_FD:
		dup2(side ? now.foreign : now.from, now.fd);
		break;
	case DISTURB_CLOSE_NEW:
		close(now.fd);
		break;
	case DISTURB_TAKE_NEW:
		if (side)
			dup2(now.foreign, now.fd);
		else
			close(now.fd);
		break;
	case DISTURB_DECODE:
		vfio_config_set_memory(&now.device->vfio, !side);
		break;
	case DISTURB_LET_GO:
		do_let_go();
		break;
	default:
		break;
	}
}

static void pause_a_little(void)
{
	struct timespec time = {
		.tv_nsec = PAUSE_MIN + rng_below(&rng, PAUSE_MORE),
	};

	nanosleep(&time, NULL);
}

static void disturb_by_time(void)
{
	int side = 0;

	while (still_wanted()) {
		side = !side;
		do_side(side);
		if (now.busy)
			sched_yield();
		else
			pause_a_little();
	}
}

/*
 * Who reads the second page finds the word in the first one changed since it
 * was read.
 */
static void disturb_by_fault(void)
{
	struct pollfd poll_fd = {
		.fd = now.faults->fault_fd,
		.events = POLLIN,
	};
	int side = 0;

	while (still_wanted()) {
		if (poll(&poll_fd, 1, 1) <= 0)
			continue;
		if (now.faults->present[0] || now.faults->present[1] ||
		    now.faults->present[2]) {
			side = !side;
			do_side(side);
		}
		area_serve_fault(now.faults);
	}
}

/* What it does on this CPU by timer must be able to interrupt the call. */
static void choose_cpu(void)
{
	struct sched_param param = { .sched_priority = !now.busy };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(now.busy, &set);
	sched_setaffinity(0, sizeof(set), &set);
	pthread_setschedparam(pthread_self(),
			      now.busy ? SCHED_OTHER : SCHED_FIFO, &param);
}

static void *disturber(void *unused)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		while (!working)
			pthread_cond_wait(&changed, &lock);
		pthread_mutex_unlock(&lock);

		choose_cpu();
		if (now.faults)
			disturb_by_fault();
		else
			disturb_by_time();
		do_side(0);

		pthread_mutex_lock(&lock);
		working = false;
		pthread_cond_broadcast(&changed);
	}
	return NULL;
}

static void start_thread(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
	assert_int_equal(pthread_create(&thread, NULL, disturber, NULL), 0);
	running = true;
}

void disturb_begin(const struct disturbance *disturbance)
{
	if (!running)
		start_thread();
	pthread_mutex_lock(&lock);
	now = *disturbance;
	wanted = true;
	working = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void disturb_end(void)
{
	__atomic_store_n(&wanted, false, __ATOMIC_RELEASE);
	pthread_mutex_lock(&lock);
	while (working)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

/* One that unmaps in move_notify, or soon after it */
static bool lets_go(const struct attachment *att)
{
	return att->flavour == P2P_TEST_DYNAMIC ||
	       att->flavour == P2P_TEST_LATE;
}

static bool letting_go;

void let_go_begin(const struct device *device)
{
	const struct disturbance disturbance = { .what = DISTURB_LET_GO };
	int i;

	for (i = 0; i < NR_ATTACHMENTS; i++) {
		struct attachment *att = &world.attachments[i];

		if (att->handle && att->mapped != NO && !lets_go(att) &&
		    att->buffer->device == device)
			letting_go = true;
	}
	if (letting_go)
		disturb_begin(&disturbance);
}

/* It did not ask who has to. */
void let_go_end(void)
{
	int i;

	if (!letting_go)
		return;
	disturb_end();
	letting_go = false;
	for (i = 0; i < NR_ATTACHMENTS; i++)
		if (world.attachments[i].handle)
			world.attachments[i].mapped = NO;
}
