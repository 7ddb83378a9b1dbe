// SPDX-License-Identifier: GPL-2.0-only
/* A fixed sequence of calls of a vfio device: its configuration space. */
#include <endian.h>
#include <errno.h>
#include <unistd.h>

#include "script.h"
#include "tap.h"
#include "vfio_config.h"
#include "vfio_region.h"

#define CONFIG	VFIO_PCI_CONFIG_REGION_INDEX

static void read_all(struct script *script, size_t size)
{
	const long long end = assert_ok(vfio_region_size(script->dev, CONFIG));
	long long offset;

	/* Beyond its end, too */
	for (offset = 0; offset < end + 8; offset += size)
		script_read(script, CONFIG, offset, size);
}

/* Write, and see what the whole header says then. */
static void put(struct script *script, __u32 offset, __u64 value, size_t size)
{
	value = htole64(value);
	script_write(script, CONFIG, offset, &value, size);
	script_read(script, CONFIG, 0, 64);
}

/* Put a value for a moment, and what was there back. */
static void put_and_restore(struct script *script, __u32 offset, __u64 value,
			    size_t size)
{
	__u64 old = 0;

	assert_ok(vfio_region_read(script->dev, CONFIG, offset, &old, size));
	put(script, offset, value, size);
	script_read(script, CONFIG, offset, size);
	script_write(script, CONFIG, offset, &old, size);
	script_read(script, CONFIG, offset, size);
}

static void command(struct script *script)
{
	static const __u16 values[] = { 0, 2, 0, 6, 4, 7, 0x406, 0xffff, 2 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		put(script, PCI_COMMAND, values[i], 1);
		script_read(script, 2, 0, 4);
		put(script, PCI_COMMAND, values[i], 2);
		script_read(script, 2, 0, 4);
		put(script, PCI_COMMAND, values[i], 4);
		script_read(script, 2, 0, 4);
		put(script, PCI_COMMAND + 1, values[i] >> 8, 1);
		put(script, PCI_COMMAND - 1, values[i], 2);
		put(script, PCI_COMMAND - 2, values[i], 8);
	}
	put(script, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
}

static void power(struct script *script)
{
	int pos = vfio_config_find_cap(script->dev, PCI_CAP_ID_PM);
	int state;

	if (pos < 0)
		return;

	pos += PCI_PM_CTRL;
	for (state = 0; state < 4; state++) {
		put(script, pos, state, 2);
		script_read(script, CONFIG, pos, 4);
		script_read(script, 2, 0, 4);
		put(script, pos, 0, 2);
		script_read(script, 2, 0, 4);
	}
	put(script, pos, 3, 1);
	put(script, pos, 0, 1);
	put(script, pos, 3, 4);
	put(script, pos, 0, 4);
	put(script, pos + 1, 0x80, 1);
	put(script, pos - 2, 0x30000, 4);
	put(script, pos, 0, 2);
}

static void bar_sizes(struct script *script)
{
	__u32 offset;

	for (offset = PCI_BASE_ADDRESS_0; offset <= PCI_BASE_ADDRESS_5;
	     offset += 4)
		put_and_restore(script, offset, ~0ull, 4);
	put_and_restore(script, PCI_ROM_ADDRESS, ~0ull, 4);
	put_and_restore(script, PCI_BASE_ADDRESS_2, 0xa5, 1);
	put_and_restore(script, PCI_BASE_ADDRESS_2, 0xa5a5, 2);
}

/* All of a capability is overwritten, by bytes and by words. */
static void capability(struct script *script, __u8 id, __u32 size)
{
	int pos = vfio_config_find_cap(script->dev, id);
	__u32 offset;

	if (pos < 0)
		return;

	for (offset = 0; offset < size; offset++)
		put_and_restore(script, pos + offset, 0xff, 1);
	for (offset = 0; offset < size; offset += 2)
		put_and_restore(script, pos + offset, 0x5a5a, 2);
}

static void function_resets(struct script *script)
{
	int ret;

	ret = vfio_config_pcie_flr(script->dev);
	transcript_add(&script->out, "PCI Express FLR: %d", ret);
	script_read(script, 2, 0, 4);
	ret = vfio_config_af_flr(script->dev);
	transcript_add(&script->out, "AF FLR: %d", ret);
	script_read(script, 2, 0, 4);
}

static void odd_writes(struct script *script)
{
	const long long end = assert_ok(vfio_region_size(script->dev, CONFIG));
	size_t size;

	for (size = 0; size <= 8; size++) {
		put_and_restore(script, PCI_INTERRUPT_LINE, 0, size);
		put(script, end - 4, 0, size);
		put(script, end, 0, size);
	}
	put_and_restore(script, PCI_VENDOR_ID, 0, 4);
	put_and_restore(script, PCI_CLASS_REVISION, 0, 4);
	put_and_restore(script, PCI_CACHE_LINE_SIZE, 0xff, 1);
	put_and_restore(script, PCI_CAPABILITY_LIST, 0, 1);
	if (end > 0x100)
		put_and_restore(script, 0x100, ~0ull, 8);
}

static void write_from(struct script *script, const void *from, size_t size,
		       __u64 offset)
{
	const __u64 config = script_offset(CONFIG);

	errno = 0;
	transcript_call(&script->out,
			pwrite(script->dev->fd, from, size, config + offset),
			"bad write %zu at %llu", size,
			(unsigned long long)offset);
	errno = 0;
	transcript_call(&script->out,
			pread(script->dev->fd, (void *)from, size,
			      config + offset),
			"bad read %zu at %llu", size,
			(unsigned long long)offset);
	script_read(script, CONFIG, 0, 16);
}

static void bad_pointers(struct script *script)
{
	int pos = vfio_config_find_cap(script->dev, PCI_CAP_ID_PM);
	size_t size;

	for (size = 1; size <= 4; size *= 2) {
		write_from(script, script_bad_page(), size, PCI_COMMAND);
		write_from(script, (void *)-1L, size, PCI_COMMAND);
		write_from(script, NULL, size, PCI_COMMAND);
		if (pos > 0)
			write_from(script, script_bad_page(), size,
				   pos + PCI_PM_CTRL);
	}

	/* One byte that can be read, and more that can't */
	*(char *)script_last_byte() = PCI_COMMAND_MEMORY;
	write_from(script, script_last_byte(), 2, PCI_COMMAND);
	*(char *)script_last_byte() = 0;
	write_from(script, script_last_byte(), 2, PCI_COMMAND);
	put(script, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
}

void script_config(struct script *script)
{
	read_all(script, 1);
	read_all(script, 2);
	read_all(script, 4);
	command(script);
	power(script);
	bar_sizes(script);
	capability(script, PCI_CAP_ID_MSI, 14);
	capability(script, PCI_CAP_ID_MSIX, 12);
	odd_writes(script);
	bad_pointers(script);
	function_resets(script);
	read_all(script, 4);
}
