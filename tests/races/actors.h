/* SPDX-License-Identifier: GPL-2.0-only */
/* What races with the importers: a round each. */
#ifndef RACE_ACTORS_H
#define RACE_ACTORS_H

#include "world.h"

/* An export of a moment, with or without a mapping */
void do_export(struct crew *crew, void *context);

/* Of the first function: by ioctl, config space or sysfs */
void do_reset(struct crew *crew, void *context);

/* Of the slot, by the fd of either function */
void do_hot_reset(struct crew *crew, void *context);

/* Memory decode and power state */
void do_command(struct crew *crew, void *context);

/* Close a function, and open it, now or in the next round */
void do_close(struct crew *crew, void *context);

/* Unbind a function while it is open, and bind it, now or in the next round */
void do_unbind(struct crew *crew, void *context);

/* Close the dma-buf of an importer */
void do_dmabuf_close(struct crew *crew, void *context);

/* Try to unload the module; load it if that was possible */
void do_unload(struct crew *crew, void *context);

#endif /* RACE_ACTORS_H */
