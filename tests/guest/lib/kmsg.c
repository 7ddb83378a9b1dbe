// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's log. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "kmsg.h"

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);

	return fd;
}

/* Each read returns one record; EPIPE says that some were overwritten. */
bool kmsg_find(int fd, const char *text)
{
	char record[8192];
	bool found = false;
	ssize_t n;

	for (;;) {
		n = read(fd, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			return found;
		record[n] = '\0';
		if (strstr(record, text))
			found = true;
	}
}
