// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's log. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "kmsg.h"
#include "tap.h"

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);

	return fd;
}

/* Each read returns one record; EPIPE says that some were overwritten. */
static bool next_record(int fd, char *record, size_t size)
{
	ssize_t n;

	do {
		n = read(fd, record, size - 1);
	} while (n < 0 && errno == EPIPE);
	if (n <= 0)
		return false;
	record[n] = '\0';

	return true;
}

bool kmsg_find(int fd, const char *text)
{
	char record[8192];
	bool found = false;

	while (next_record(fd, record, sizeof(record)))
		if (strstr(record, text))
			found = true;

	return found;
}

void kmsg_expect(int fd, const char *text, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	while (!kmsg_find(fd, text))
		assert_int_equal(poll(&pfd, 1, timeout_ms), 1);
}

const char *kmsg_find_any(int fd, const char * const *texts, size_t nr)
{
	static char record[8192];
	size_t i;

	while (next_record(fd, record, sizeof(record)))
		for (i = 0; i < nr; i++)
			if (strstr(record, texts[i]))
				return record;

	return NULL;
}
