// SPDX-License-Identifier: GPL-2.0-only
#include "job.h"
#include "tap.h"

static void *job_run(void *arg)
{
	struct job *job = arg;

	job->ret = job->fn(job->arg);
	atomic_store(&job->done, true);

	return NULL;
}

void job_start(struct job *job, int (*fn)(void *arg), void *arg)
{
	job->fn = fn;
	job->arg = arg;
	atomic_init(&job->done, false);
	assert_int_equal(pthread_create(&job->thread, NULL, job_run, job), 0);
}

bool job_done(struct job *job)
{
	return atomic_load(&job->done);
}

int job_join(struct job *job)
{
	pthread_join(job->thread, NULL);

	return job->ret;
}
