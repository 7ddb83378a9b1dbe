// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

int fail(struct vfio_p2p_error *error, int errnum, enum vfio_p2p_cause cause,
	 const char *format, ...)
{
	va_list args;

	if (!error)
		return -errnum;

	error->errnum = errnum;
	error->cause = cause;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return -errnum;
}

int fail_errno(struct vfio_p2p_error *error, int errnum, const char *what)
{
	char name[96];

	switch (errnum) {
	case ENOMEM:
		return fail(error, errnum, VFIO_P2P_CAUSE_NO_MEMORY,
			    "%s: there is not enough memory", what);
	case EMFILE:
		return fail(error, errnum, VFIO_P2P_CAUSE_NO_FDS,
			    "%s: this process has too many open files; close some, or raise its limit (ulimit -n)",
			    what);
	case ENFILE:
		return fail(error, errnum, VFIO_P2P_CAUSE_NO_FDS,
			    "%s: the system has too many open files; see /proc/sys/fs/file-max",
			    what);
	}

	/* strerror() may share its buffer with other threads. */
	if (strerror_r(errnum, name, sizeof(name)))
		snprintf(name, sizeof(name), "error %d", errnum);
	return fail(error, errnum, VFIO_P2P_CAUSE_OTHER, "%s: %s", what, name);
}
