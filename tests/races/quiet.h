/* SPDX-License-Identifier: GPL-2.0-only */
/* The model: what must hold while all actors are parked. */
#ifndef RACE_QUIET_H
#define RACE_QUIET_H

/*
 * Access is possible exactly if the last actions of the actors say so.  Then
 * everything is opened, and it is seen that bytes arrive where they belong and
 * nowhere else, that each kind of event takes all access, and that addresses from
 * before lead nowhere.  Fails the test.
 */
void quiet_check(void);

#endif /* RACE_QUIET_H */
