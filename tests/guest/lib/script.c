// SPDX-License-Identifier: GPL-2.0-only
/* A fixed sequence of calls of a vfio device: what its parts share. */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "script.h"
#include "tap.h"
#include "vfio_config.h"

#define PAGE	4096

void *script_bad_page(void)
{
	static char *pages;

	if (!pages) {
		pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_true(pages != MAP_FAILED);
		assert_false(mprotect(pages + PAGE, PAGE, PROT_NONE));
	}

	return pages + PAGE;
}

void *script_last_byte(void)
{
	return (char *)script_bad_page() - 1;
}

void script_ioctl(struct script *script, const char *what, unsigned long cmd,
		  void *arg, size_t size)
{
	errno = 0;
	transcript_call(&script->out, ioctl(script->dev->fd, cmd, arg), "%s",
			what);
	if (size)
		transcript_bytes(&script->out, what, arg, size);
}

__u64 script_offset(unsigned int region)
{
	/* vfio-pci's; said of regions that do not exist, too */
	return (__u64)region << 40;
}

void script_read(struct script *script, unsigned int region, __u64 offset,
		 size_t size)
{
	unsigned char data[256] = {};
	char what[64];

	assert_true(size <= sizeof(data));
	snprintf(what, sizeof(what), "read %u+%#llx size %zu", region,
		 (unsigned long long)offset, size);
	errno = 0;
	transcript_call(&script->out,
			pread(script->dev->fd, data, size,
			      script_offset(region) + offset),
			"%s", what);
	transcript_bytes(&script->out, what, data, size);
}

void script_write(struct script *script, unsigned int region, __u64 offset,
		  const void *data, size_t size)
{
	errno = 0;
	transcript_call(&script->out,
			pwrite(script->dev->fd, data, size,
			       script_offset(region) + offset),
			"write %u+%#llx size %zu", region,
			(unsigned long long)offset, size);
}

void script_run(struct script *script)
{
	script_ioctl(script, "reset", VFIO_DEVICE_RESET, NULL, 0);
	assert_ok(vfio_config_set_memory(script->dev, true));
	script_infos(script);
	script_regions(script);
	script_config(script);
	script_irqs(script);
	script_unknown_ioctls(script);
	script_features(script);
	script_resets(script);
	script_ioctl(script, "last reset", VFIO_DEVICE_RESET, NULL, 0);
}
