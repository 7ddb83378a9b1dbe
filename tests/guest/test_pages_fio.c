// SPDX-License-Identifier: GPL-2.0-only
/*
 * fio verifies what it writes to a drive and reads from it, with its buffers in a
 * BAR, while the device of the BAR is reset again and again.
 *
 * Kernel argument: rig.fio_seconds= for each device.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crew.h"
#include "env.h"
#include "fio.h"
#include "kmod.h"
#include "p2p.h"
#include "pages.h"
#include "rng.h"
#include "served.h"
#include "sysfs.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_reset.h"

#define DEFAULT_SECONDS	"10"

/* On a busy machine it takes longer until enough has happened. */
#define PATIENCE_SECONDS	40

/* Of a process of fio */
#define ROUNDS		20

/* In each of these fio must see that a buffer is damaged. */
#define DAMAGE_ROUNDS	2

#define BAR	2
#define SLICE	(1u << 20)

/* Between two resets there are no more requests than this. */
#define MAX_REQUESTS	100

/* Less than this says nothing: requests, resets, those that met, KiB verified */
#define FEW_REQUESTS	1000
#define FEW_RESETS	10
#define FEW_MET		10
#define FEW_VERIFIED	128

static int control = -1;
static char drive[64], counts[96];
static struct vfio_dev dev;
static struct fio fio;

static int setup(void **state)
{
	const char *bdf = env_bdf_or_skip("DRIVE");

	/* Before nvme is there to take them */
	assert_ok(pci_bind(env_bdf("EXPORTER_NVME"), "vfio-pci"));
	assert_ok(pci_bind(env_bdf("EXPORTER_IVSHMEM"), "vfio-pci"));
	assert_int_equal(system("modprobe nvme"), 0);
	assert_ok(pci_bind(bdf, "nvme"));
	assert_ok(pages_find_drive(bdf, drive, sizeof(drive)));
	snprintf(counts, sizeof(counts), "/sys/class/block/%s/stat",
		 strrchr(drive, '/') + 1);
	assert_ok(module_ensure(MODULE_UNDER_TEST));
	control = assert_ok(p2p_open());
	return 0;
}

static int teardown(void **state)
{
	close(control);
	assert_ok(pci_unbind(env_bdf("DRIVE")));
	assert_int_equal(module_refcount(MODULE_UNDER_TEST), 0);
	return 0;
}

static int kill_fio(void **state)
{
	fio_kill(&fio);
	return 0;
}

/*
 * All ways of I/O, each with memory of its own.  A request of several pages may be done
 * in part if a reset comes, as any that meets memory which is away.  fio 3.33 does
 * the rest then, but if it does not wait for each request it may verify the block
 * meanwhile, or at where the rest begins: so these are of a page.
 */
static void begin(const char *name)
{
	unsigned int i;

	pages_skip(control);
	if (!pages_drive_can())
		skip();
	served_open(&dev, name);
	assert_ok(pages_register(control, dev.fd, BAR, 0, 0));
	fio = (struct fio) {
		.drive = drive,
		.parts = {
			{ .engine = "psync", .block = 65536, .depth = 1 },
			{ .engine = "libaio", .block = 4096, .depth = 8 },
			{ .engine = "io_uring", .block = 4096, .depth = 4 },
		},
	};
	for (i = 0; i < FIO_PARTS; i++)
		fio.parts[i].slice = assert_ok(pages_alloc(control, dev.fd, BAR,
							   SLICE, NULL));
}

static void end(void)
{
	unsigned int i;

	for (i = 0; i < FIO_PARTS; i++)
		close(fio.parts[i].slice);
	assert_ok(pages_unregister(control, dev.fd, BAR, 0));
	vfio_dev_close(&dev);
}

/* Requests that the drive has completed */
static unsigned long requests(void)
{
	unsigned long reads, writes;
	char text[256];
	int found;

	assert_ok(sysfs_read(counts, text, sizeof(text)));
	found = sscanf(text, "%lu %*u %*u %*u %lu", &reads, &writes);
	assert_int_equal(found, 2);
	return reads + writes;
}

static void wait_for_requests(unsigned long nr)
{
	const unsigned long first = requests();

	while (requests() - first < nr && !fio_ended(&fio))
		usleep(1000);
}

static void turn_off_and_on(void)
{
	assert_ok(vfio_config_set_memory(&dev, false));
	assert_ok(vfio_config_set_memory(&dev, true));
}

/**
 * struct tally - what has happened so far
 * @until: when it may end, by crew_clock()
 * @first: requests() at the beginning
 * @resets: how many
 */
struct tally {
	long long until;
	unsigned long first;
	unsigned int resets;
};

static bool is_enough(const struct tally *tally)
{
	return tally->resets >= FEW_RESETS &&
	       requests() - tally->first >= FEW_REQUESTS;
}

static bool is_over(const struct tally *tally)
{
	const long long late = crew_clock() - tally->until;

	return late >= PATIENCE_SECONDS * 1000 ||
	       (late >= 0 && is_enough(tally));
}

/* Until it is over, or fio has done its rounds: those are short if resets are many. */
static void reset_while_running(struct tally *tally, struct rng *rng)
{
	wait_for_requests(1);
	while (!is_over(tally) && !fio_ended(&fio)) {
		if (rng_below(rng, 2))
			assert_ok(vfio_dev_reset(&dev));
		else
			turn_off_and_on();
		tally->resets++;
		wait_for_requests(1 + rng_below(rng, MAX_REQUESTS));
	}
}

/* Returns how often it had to begin again. */
static unsigned int expect_undamaged(const struct fio_part *part)
{
	print_message("%s: %lu KiB verified, EFAULT %u\n", part->engine,
		      part->verified, part->efault);
	assert_int_equal(part->damaged, 0);
	assert_true(part->verified >= FEW_VERIFIED);
	return part->efault;
}

static void verify(const char *name)
{
	const int seconds = atoi(env_rig("fio_seconds") ?: DEFAULT_SECONDS);
	struct rng rng = { .state = (__u64)crew_clock() };
	struct tally tally = {
		.until = crew_clock() + seconds * 1000ll,
		.first = requests(),
	};
	unsigned int i, met;

	begin(name);
	while (!is_over(&tally)) {
		fio_start(&fio, ROUNDS);
		reset_while_running(&tally, &rng);
		fio_stop(&fio);
	}
	print_message("%u resets, %lu requests, SIGBUS %u\n", tally.resets,
		      requests() - tally.first, fio.sigbus);
	met = fio.sigbus;
	for (i = 0; i < FIO_PARTS; i++)
		met += expect_undamaged(&fio.parts[i]);
	assert_true(is_enough(&tally));
	assert_true(met >= FEW_MET);
	end();
}

static void test_registers_and_memory(void **state)
{
	verify("EXPORTER_NVME");
}

static void test_memory(void **state)
{
	verify("EXPORTER_IVSHMEM");
}

/* Would it be seen?  The CPU alters a byte of one slice now and then. */
static void test_damage(void **state)
{
	struct rng rng = { .state = (__u64)crew_clock() };
	char *memory;

	begin("EXPORTER_IVSHMEM");
	memory = mmap(NULL, SLICE, PROT_READ | PROT_WRITE, MAP_SHARED,
		      fio.parts[0].slice, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	fio_start(&fio, DAMAGE_ROUNDS);
	while (!fio_ended(&fio)) {
		memory[rng_below(&rng, fio.parts[0].block)] ^= 1;
		usleep(1000);
	}
	fio_end(&fio);
	assert_int_equal(fio.parts[0].damaged, DAMAGE_ROUNDS);
	assert_int_equal(fio.parts[1].damaged, 0);
	munmap(memory, SLICE);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_registers_and_memory, kill_fio),
		cmocka_unit_test_teardown(test_memory, kill_fio),
		cmocka_unit_test_teardown(test_damage, kill_fio),
	};

	return tap_run(tests, setup, teardown);
}
