// SPDX-License-Identifier: GPL-2.0-only
/* Threads that each do one thing over and over, beside the test. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crew.h"
#include "env.h"
#include "tap.h"

void crew_init_lock(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
				      PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
}

__u64 crew_seed(void)
{
	const char *text = env_rig("race_seed");
	__u64 seed = text ? strtoull(text, NULL, 0) : (__u64)time(NULL);

	printf("# seed %llu\n", seed);
	return seed;
}

long long crew_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Returns false when it is time to end. */
static bool wait_while_parked(struct crew *crew)
{
	bool go_on;

	/* Members that never wait would keep the lock from the test. */
	if (!__atomic_load_n(&crew->stop, __ATOMIC_ACQUIRE) &&
	    !__atomic_load_n(&crew->park, __ATOMIC_ACQUIRE))
		return true;

	pthread_mutex_lock(&crew->lock);
	if (crew->park && !crew->stop) {
		crew->parked++;
		pthread_cond_broadcast(&crew->changed);
		while (crew->park && !crew->stop)
			pthread_cond_wait(&crew->changed, &crew->lock);
		crew->parked--;
		pthread_cond_broadcast(&crew->changed);
	}
	go_on = !crew->stop;
	pthread_mutex_unlock(&crew->lock);

	return go_on;
}

static void *member_main(void *arg)
{
	struct crew_member *member = arg;

	while (wait_while_parked(member->crew)) {
		member->fn(member->crew, member->context);
		__atomic_add_fetch(&member->rounds, 1, __ATOMIC_RELAXED);
	}

	return NULL;
}

static void forget_failure(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->failure[0] = '\0';
	crew->failed = false;
	pthread_mutex_unlock(&crew->lock);
}

void crew_add(struct crew *crew, const char *name, crew_fn fn, void *context)
{
	struct crew_member *member = &crew->members[crew->nr];

	assert_true(crew->nr < CREW_MAX);
	if (!crew->nr)
		forget_failure(crew);
	*member = (struct crew_member) {
		.crew = crew,
		.name = name,
		.fn = fn,
		.context = context,
	};
	assert_false(pthread_create(&member->thread, NULL, member_main,
				    member));
	crew->nr++;
}

void crew_park(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	__atomic_store_n(&crew->park, true, __ATOMIC_RELEASE);
	while (crew->parked < crew->nr)
		pthread_cond_wait(&crew->changed, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

void crew_resume(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	__atomic_store_n(&crew->park, false, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&crew->changed);
	/* So that the next crew_park() does not count them as parked still */
	while (crew->parked)
		pthread_cond_wait(&crew->changed, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

static void print_rounds(const struct crew *crew)
{
	unsigned int i;

	printf("# rounds:");
	for (i = 0; i < crew->nr; i++)
		printf(" %s %lu", crew->members[i].name,
		       crew->members[i].rounds);
	printf("\n");
}

void crew_stop(struct crew *crew)
{
	unsigned int i;

	if (!crew->nr)
		return;

	pthread_mutex_lock(&crew->lock);
	__atomic_store_n(&crew->stop, true, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&crew->changed);
	pthread_mutex_unlock(&crew->lock);

	for (i = 0; i < crew->nr; i++)
		pthread_join(crew->members[i].thread, NULL);

	print_rounds(crew);
	crew->nr = 0;
	crew->stop = false;
	crew->park = false;
}

void crew_fail(struct crew *crew, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	pthread_mutex_lock(&crew->lock);
	if (!crew->failure[0]) {
		vsnprintf(crew->failure, sizeof(crew->failure), format, args);
		__atomic_store_n(&crew->failed, true, __ATOMIC_RELEASE);
		pthread_cond_broadcast(&crew->changed);
	}
	pthread_mutex_unlock(&crew->lock);
	va_end(args);
}

bool crew_failed(struct crew *crew)
{
	return __atomic_load_n(&crew->failed, __ATOMIC_ACQUIRE);
}

void crew_check(struct crew *crew)
{
	char failure[sizeof(crew->failure)];

	pthread_mutex_lock(&crew->lock);
	memcpy(failure, crew->failure, sizeof(failure));
	pthread_mutex_unlock(&crew->lock);

	if (failure[0])
		fail_msg("%s", failure);
}

unsigned long crew_rounds(struct crew *crew, const char *name)
{
	unsigned int i;

	for (i = 0; i < crew->nr; i++) {
		if (!strcmp(crew->members[i].name, name))
			return __atomic_load_n(&crew->members[i].rounds,
					       __ATOMIC_RELAXED);
	}
	fail_msg("no member %s", name);

	return 0;
}

void crew_work(struct crew *crew, long long ms)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += ms % 1000 * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}

	pthread_mutex_lock(&crew->lock);
	while (!crew->failure[0] &&
	       !pthread_cond_timedwait(&crew->changed, &crew->lock, &end))
		;
	pthread_mutex_unlock(&crew->lock);
}
