/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an event does to the importers of a dma-buf, before, during and after it,
 * as lines of answer.h.
 *
 * Two importers have it mapped: the watcher unmaps when it is told to, the holder
 * does not until asked, so that an event that waits for it can be looked at while
 * it waits.
 */
#ifndef TEST_WATCH_H
#define TEST_WATCH_H

#include "scene.h"

#define WATCH_PAGE	4096

/**
 * struct party - an attachment
 * @imp: its importer
 * @handle: the attachment
 * @told: how often it had been told when it was last looked at
 */
struct party {
	struct importer *imp;
	int handle;
	__u64 told;
};

/**
 * struct watch - a dma-buf of one page of SCENE_BAR and two importers of it
 * @scene: the exporter, and the importer of the watcher; its BAR is not mapped
 * @far: the importer of the holder
 * @offset: of the page
 * @dmabuf: fd
 * @watcher: unmaps at once
 * @holder: holds on to its mapping
 * @address: DMA address of the holder's mapping
 * @during: what else to look at while an event waits, or NULL; gets the beginning
 *	of the line
 */
struct watch {
	struct scene scene;
	struct importer far;
	__u64 offset;
	int dmabuf;
	struct party watcher;
	struct party holder;
	__u64 address;
	void (*during)(struct watch *watch, const char *what);
};

/* What happens; returns a negative errno if it does not. */
typedef int (*watch_fn)(struct watch *watch);

/* Export, attach both and map; one line, as by watch_look(). */
void watch_open(struct watch *watch, const char *exporter, const char *what);

/* The same for an exporter and importers that are open, without the line. */
void watch_begin(struct watch *watch, __u64 offset);

/* Closes what is open; what was closed before is -1. */
void watch_close(struct watch *watch);

/*
 * Three lines: before, during and after.  Who can map after it has done so, and
 * what was tried then is not tried again before the next event.
 */
void watch_event(struct watch *watch, const char *what, watch_fn fn);

/* One line: told, mapped, can it map, does data arrive, can others attach? */
void watch_look(struct watch *watch, const char *what);

/* One line: told, mapped; nothing is tried. */
void watch_glance(struct party *party, const char *what);

#endif /* TEST_WATCH_H */
