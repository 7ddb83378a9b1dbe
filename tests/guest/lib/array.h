/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_ARRAY_H
#define TEST_ARRAY_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif /* TEST_ARRAY_H */
