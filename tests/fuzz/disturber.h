/* SPDX-License-Identifier: GPL-2.0-only */
/* A second thread that changes things while a call is under way. */
#ifndef FUZZ_DISTURBER_H
#define FUZZ_DISTURBER_H

#include "area.h"
#include "world.h"

/**
 * enum disturb - what it does, over and over
 * @DISTURB_NOTHING: it sleeps
 * @DISTURB_FLIP: writes one of two values into a word of the argument
 * @DISTURB_PROTECT: forbids and allows access to the argument
 * @DISTURB_CLOSE_FD: closes and reopens the device fd that the argument names
 * @DISTURB_SWAP_FD: puts another file there, and the device again
 * @DISTURB_CLOSE_NEW: closes the fd that the call is about to return
 * @DISTURB_TAKE_NEW: takes its number for another file
 * @DISTURB_DECODE: turns memory decode of the device off and on
 * @DISTURB_LET_GO: unmaps attachments that do not let go by themselves
 */
enum disturb {
	DISTURB_NOTHING,
	DISTURB_FLIP,
	DISTURB_PROTECT,
	DISTURB_CLOSE_FD,
	DISTURB_SWAP_FD,
	DISTURB_CLOSE_NEW,
	DISTURB_TAKE_NEW,
	DISTURB_DECODE,
	DISTURB_LET_GO,
};

/**
 * struct disturbance - the same in detail
 * @what: see there
 * @area: FLIP, PROTECT: with the argument
 * @faults: an area whose faults are to be served, and tell when to act; or NULL
 * @word: FLIP: of it
 * @values: FLIP: what to write
 * @fd: CLOSE_FD, SWAP_FD: the number; CLOSE_NEW, TAKE_NEW: the number to be
 * @from: CLOSE_FD, SWAP_FD: what belongs there
 * @foreign: SWAP_FD, TAKE_NEW: what does not
 * @device: DECODE: of which
 * @busy: on the other CPU and without a pause, instead of on this one by timer
 */
struct disturbance {
	enum disturb what;
	struct area *area;
	struct area *faults;
	void *word;
	__u32 values[2];
	int fd;
	int from;
	int foreign;
	const struct device *device;
	bool busy;
};

void disturb_begin(const struct disturbance *disturbance);

/* Afterwards all is as before. */
void disturb_end(void);

/* Around a call that waits for importers, if any is attached that does not react */
void let_go_begin(const struct device *device);
void let_go_end(void);

#endif /* FUZZ_DISTURBER_H */
