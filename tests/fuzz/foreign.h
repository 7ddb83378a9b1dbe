/* SPDX-License-Identifier: GPL-2.0-only */
/* fds that are no vfio device's. */
#ifndef FUZZ_FOREIGN_H
#define FUZZ_FOREIGN_H

#include <linux/types.h>

/* They stay open until the end. */
void foreign_open(void);

/* One of them, or none; and what EXPORT and ROUTE should say to it */
int foreign_fd_pick(__u32 choice, int *answer);

#endif /* FUZZ_FOREIGN_H */
