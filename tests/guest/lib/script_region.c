// SPDX-License-Identifier: GPL-2.0-only
/* A fixed sequence of calls of a vfio device: its BARs and other regions. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "script.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_region.h"

#define PAGE	4096

/* BAR with memory behind it, where the device has one of some size */
#define MEMORY_BAR	2

static sigjmp_buf after_fault;

static void on_sigbus(int sig)
{
	siglongjmp(after_fault, sig);
}

/* Touch mapped device memory, which may be answered by SIGBUS. */
static void touch(struct script *script, volatile __u32 *word, __u32 value)
{
	struct sigaction action = { .sa_handler = on_sigbus }, old;

	sigaction(SIGBUS, &action, &old);
	if (sigsetjmp(after_fault, 1)) {
		transcript_add(&script->out, "access: SIGBUS");
	} else {
		*word = value;
		transcript_add(&script->out, "access: %#x", *word);
	}
	sigaction(SIGBUS, &old, NULL);
}

static void read_bars(struct script *script)
{
	unsigned int bar;
	size_t size;

	for (bar = 0; bar < VFIO_PCI_NUM_REGIONS; bar++) {
		if (bar == VFIO_PCI_CONFIG_REGION_INDEX || bar == MEMORY_BAR)
			continue;
		/* Registers with no side effects in the devices of the tests */
		for (size = 1; size <= 8; size *= 2)
			script_read(script, bar, 8, size);
		script_read(script, bar, 0x1000000, 4);
	}
}

static void memory_bar(struct script *script)
{
	static const char data[] = "0123456789abcdef0123456789abcdef";
	static const char zeroes[256];
	size_t size;

	/* What an earlier script left */
	script_write(script, MEMORY_BAR, 0, zeroes, sizeof(zeroes));
	for (size = 0; size <= 32; size++) {
		script_write(script, MEMORY_BAR, 3 * size, data, size);
		script_read(script, MEMORY_BAR, 3 * size, size);
	}
	script_write(script, MEMORY_BAR, 1ull << 40, data, 4);
	script_write(script, VFIO_PCI_ROM_REGION_INDEX, 0, data, 4);
	script_write(script, VFIO_PCI_VGA_REGION_INDEX, 0xa0000, data, 4);
	script_write(script, MEMORY_BAR, 0, script_bad_page(), 4);
	script_write(script, MEMORY_BAR, 0, script_last_byte(), 4);
	script_read(script, MEMORY_BAR, 0, 64);
}

static void map(struct script *script, const char *what, unsigned int region,
		__u64 offset, size_t size, int prot, int flags)
{
	void *addr;

	errno = 0;
	addr = mmap(NULL, size, prot, flags, script->dev->fd,
		    script_offset(region) + offset);
	transcript_call(&script->out, addr == MAP_FAILED ? -1 : 0, "mmap %s",
			what);
	if (addr == MAP_FAILED)
		return;
	if (prot == (PROT_READ | PROT_WRITE) && region == MEMORY_BAR)
		touch(script, addr, 0x600dda7a);
	munmap(addr, size);
}

static void maps(struct script *script)
{
	const int rw = PROT_READ | PROT_WRITE;
	size_t size = assert_ok(vfio_region_size(script->dev, MEMORY_BAR));
	unsigned int region;

	for (region = 0; region < VFIO_PCI_NUM_REGIONS; region++) {
		map(script, "a page", region, 0, PAGE, rw, MAP_SHARED);
		map(script, "private", region, 0, PAGE, rw, MAP_PRIVATE);
	}
	map(script, "all", MEMORY_BAR, 0, size, rw, MAP_SHARED);
	map(script, "the end", MEMORY_BAR, size - PAGE, PAGE, rw, MAP_SHARED);
	map(script, "too much", MEMORY_BAR, 0, size + PAGE, rw, MAP_SHARED);
	map(script, "beyond", MEMORY_BAR, size, PAGE, rw, MAP_SHARED);
	map(script, "unaligned", MEMORY_BAR, 4, PAGE, rw, MAP_SHARED);
	map(script, "to read", MEMORY_BAR, 0, PAGE, PROT_READ, MAP_SHARED);
	map(script, "to run", MEMORY_BAR, 0, PAGE, PROT_READ | PROT_EXEC,
	    MAP_SHARED);
	map(script, "huge index", 0, 60000ull << 40, PAGE, rw, MAP_SHARED);
}

/* A mapping made before memory decode goes, used without and with it */
static void memory_off(struct script *script)
{
	void *addr;

	assert_ok(vfio_region_mmap(script->dev, MEMORY_BAR, 0, PAGE, &addr));
	touch(script, addr, 1);
	assert_ok(vfio_config_set_memory(script->dev, false));
	touch(script, addr, 2);
	script_read(script, MEMORY_BAR, 0, 4);
	script_write(script, MEMORY_BAR, 0, "abcd", 4);
	read_bars(script);
	maps(script);
	assert_ok(vfio_config_set_memory(script->dev, true));
	touch(script, addr, 3);
	munmap(addr, PAGE);
}

void script_regions(struct script *script)
{
	read_bars(script);
	memory_bar(script);
	maps(script);
	memory_off(script);
}
