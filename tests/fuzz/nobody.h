/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task without privileges: a thread with credentials and fds of its own, so
 * that it sees the arguments where they are.
 */
#ifndef FUZZ_NOBODY_H
#define FUZZ_NOBODY_H

#include "caller.h"

void nobody_start(void);
void nobody_stop(void);
void nobody_check_fds(void);

/* As caller_ioctl(); DEVICE: send it the device's fd. */
long nobody_ioctl(const struct call *call, bool device, bool gives_fd);

#endif /* FUZZ_NOBODY_H */
