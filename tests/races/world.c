// SPDX-License-Identifier: GPL-2.0-only
/* What the actors of a race share. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "env.h"
#include "kmod.h"
#include "native.h"
#include "p2p.h"
#include "scene.h"
#include "sysfs.h"
#include "vfio_config.h"
#include "vfio_feature.h"
#include "world.h"

/* An actor that waits for others to get on does not wait longer. */
#define HITS_MS		200

struct race race = {
	.crew = CREW_INIT,
	.container.fd = -1,
	.container_lock = PTHREAD_MUTEX_INITIALIZER,
	.saved_lock = PTHREAD_MUTEX_INITIALIZER,
	.command_lock = PTHREAD_MUTEX_INITIALIZER,
	.progress_lock = PTHREAD_MUTEX_INITIALIZER,
	.progressed = PTHREAD_COND_INITIALIZER,
	.functions = { { .dev.fd = -1 }, { .dev.fd = -1 } },
};

void hit(struct actor *actor)
{
	actor->hits++;
	pthread_mutex_lock(&race.progress_lock);
	race.progress++;
	pthread_cond_broadcast(&race.progressed);
	pthread_mutex_unlock(&race.progress_lock);
}

void wait_for_hits(unsigned long hits)
{
	struct timespec end;
	unsigned long enough;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += HITS_MS * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}

	pthread_mutex_lock(&race.progress_lock);
	enough = race.progress + hits;
	while (race.progress < enough &&
	       !pthread_cond_timedwait(&race.progressed, &race.progress_lock,
				       &end))
		;
	pthread_mutex_unlock(&race.progress_lock);
}

void tell(struct actor *actor, int ret, const char *what)
{
	if (ret)
		crew_fail(&race.crew, "%s: %s: %s", actor->name, what,
			  strerror(-ret));
}

/* Nothing can be mapped from now on, or perhaps it can again. */
static void shut(struct function *function)
{
	__atomic_add_fetch(&function->shut, 1, __ATOMIC_SEQ_CST);
	advance(&function->changes);
}

static void unshut(struct function *function)
{
	advance(&function->changes);
	__atomic_sub_fetch(&function->shut, 1, __ATOMIC_SEQ_CST);
}

bool function_enter(struct function *function)
{
	pthread_rwlock_rdlock(&function->lock);
	if (function->dev.fd >= 0)
		return true;
	pthread_rwlock_unlock(&function->lock);
	return false;
}

void function_leave(struct function *function)
{
	pthread_rwlock_unlock(&function->lock);
}

int function_set_memory(struct function *function, bool on)
{
	int ret;

	if (on && !function->memory)
		unshut(function);
	ret = vfio_config_set_memory(&function->dev, on);
	if (!on && function->memory)
		shut(function);
	function->memory = on;
	return ret;
}

int function_open(struct function *function)
{
	int ret;

	pthread_mutex_lock(&race.saved_lock);
	pthread_mutex_lock(&race.container_lock);
	ret = vfio_dev_open_in(&function->dev, &race.container, function->bdf);
	pthread_mutex_unlock(&race.container_lock);
	pthread_mutex_unlock(&race.saved_lock);
	if (ret)
		return ret;

	unshut(function);
	function->memory = true;
	pthread_mutex_lock(&race.command_lock);
	ret = vfio_config_set_memory(&function->dev, true);
	pthread_mutex_unlock(&race.command_lock);
	return ret;
}

void function_close(struct function *function)
{
	pthread_mutex_lock(&race.saved_lock);
	pthread_mutex_lock(&race.container_lock);
	vfio_dev_close(&function->dev);
	pthread_mutex_unlock(&race.container_lock);
	pthread_mutex_unlock(&race.saved_lock);

	advance(&function->ended);
	/* It may have been shut by memory decode as well. */
	if (function->memory)
		shut(function);
	function->memory = false;
}

/* The misc device, which keeps the module as long as it is open */
static int misc_open(void)
{
	int control = p2p_open();

	return control < 0 && race.unloads ? -ENOTTY : control;
}

static int export_by_misc(struct function *function, __u64 offset)
{
	int control = misc_open(), fd;

	if (control < 0)
		return control;
	fd = p2p_export_range(control, function->dev.fd, SCENE_BAR, offset,
			      RACE_SLICE);
	close(control);
	return fd;
}

static int export_by_feature(struct function *function, __u64 offset)
{
	return vfio_feature_dma_buf_range(function->dev.fd, SCENE_BAR, offset,
					  RACE_SLICE);
}

int function_export(struct function *function, __u64 offset, struct rng *rng)
{
	int fd = rng_below(rng, 2) ? export_by_misc(function, offset) :
				     export_by_feature(function, offset);

	if (fd >= 0 && race.unloads && native_made(fd)) {
		close(fd);
		return -ENOTTY;
	}
	if (fd >= 0)
		advance(&race.alive);
	return fd;
}

int function_route(struct function *function, const char *importer)
{
	struct vfio_p2p_route route;
	int control = misc_open(), ret;

	if (control < 0)
		return control;
	ret = p2p_route(control, function->dev.fd, importer, &route);
	close(control);
	if (!ret && route.route == VFIO_P2P_ROUTE_IMPOSSIBLE)
		return -EXDEV;
	return ret;
}

void dmabuf_close(int fd)
{
	if (fd < 0)
		return;
	__atomic_sub_fetch(&race.alive, 1, __ATOMIC_SEQ_CST);
	advance(&race.alive_changes);
	close(fd);
}

static void map_bar(struct function *function)
{
	char path[PATH_MAX];
	void *addr;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource%d",
		 function->bdf, SCENE_BAR);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	addr = mmap(NULL, RACE_WATCHED, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	close(fd);
	/* Debian's kernels want iomem=relaxed for this. */
	assert_true(addr != MAP_FAILED);
	function->bar = addr;
}

static void prepare_function(struct function *function, const char *name)
{
	*function = (struct function) {
		.bdf = env_bdf_or_skip(name),
		.dev.fd = -1,
		.bound = true,
		.shut = 1,
	};
	crew_init_lock(&function->lock);
	assert_ok(pci_bind(function->bdf, "vfio-pci"));
	map_bar(function);
}

void world_open(void)
{
	int i;

	assert_ok(module_ensure(MODULE_UNDER_TEST));
	prepare_function(&race.functions[0], "SLOT_NVME");
	prepare_function(&race.functions[1], "SLOT_IVSHMEM");
	assert_ok(vfio_container_open(&race.container));
	for (i = 0; i < RACE_FUNCTIONS; i++)
		assert_ok(function_open(&race.functions[i]));
	race.alive = 0;
	race.progress = 0;
}

void world_close(void)
{
	struct function *function;

	for (function = race.functions;
	     function < race.functions + RACE_FUNCTIONS; function++) {
		vfio_dev_close(&function->dev);
		if (function->bar)
			munmap((void *)function->bar, RACE_WATCHED);
		function->bar = NULL;
		pthread_rwlock_destroy(&function->lock);
	}
	if (race.container.fd >= 0)
		vfio_container_close(&race.container);
}
