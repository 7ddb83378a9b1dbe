/* SPDX-License-Identifier: GPL-2.0-only */
/* What went wrong, in the caller's struct. */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

#include <vfio-p2p.h>

/**
 * fail() - fill in an error
 * @error: may be NULL
 * @errnum: positive errno
 * @cause: enum vfio_p2p_cause
 * @format: the sentence; it is cut off if it is too long
 *
 * Return: -@errnum, for the caller to hand on.
 */
__attribute__((format(printf, 4, 5)))
int fail(struct vfio_p2p_error *error, int errnum, enum vfio_p2p_cause cause,
	 const char *format, ...);

/* The same where nothing more is known than that WHAT ended with the errno. */
int fail_errno(struct vfio_p2p_error *error, int errnum, const char *what);

#endif /* LIB_ERROR_H */
