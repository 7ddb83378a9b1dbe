// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"

#define HEX	"0123456789abcdefABCDEF"

/* Hex digits, MIN to MAX of them; moves @text behind them. */
static bool parse_hex(const char **text, size_t min, size_t max,
		      unsigned int *value)
{
	size_t digits = strspn(*text, HEX);
	char number[9];

	if (digits < min || digits > max || digits >= sizeof(number))
		return false;
	memcpy(number, *text, digits);
	number[digits] = '\0';
	*text += digits;
	*value = strtoul(number, NULL, 16);
	return true;
}

static bool parse_char(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

static bool parse_bus_and_devfn(const char *text, struct p2p_bdf *bdf)
{
	unsigned int bus, device, function;

	if (!parse_hex(&text, 1, 2, &bus) || !parse_char(&text, ':') ||
	    !parse_hex(&text, 1, 2, &device) || !parse_char(&text, '.') ||
	    !parse_hex(&text, 1, 1, &function) || *text)
		return false;
	if (device > 31 || function > 7)
		return false;
	bdf->bus = bus;
	bdf->devfn = device << 3 | function;
	return true;
}

bool bdf_parse(const char *text, struct p2p_bdf *bdf)
{
	const char *rest = text;
	unsigned int domain;

	bdf->domain = 0;
	if (parse_bus_and_devfn(text, bdf))
		return true;
	if (!parse_hex(&rest, 1, 8, &domain) || !parse_char(&rest, ':'))
		return false;
	bdf->domain = domain;
	return parse_bus_and_devfn(rest, bdf);
}

void bdf_format(const struct p2p_bdf *bdf, char text[BDF_TEXT_SIZE])
{
	snprintf(text, BDF_TEXT_SIZE, "%04x:%02x:%02x.%x", bdf->domain,
		 bdf->bus, bdf->devfn >> 3, bdf->devfn & 7);
}

static int compare(unsigned int a, unsigned int b)
{
	return (a > b) - (a < b);
}

int bdf_compare(const struct p2p_bdf *a, const struct p2p_bdf *b)
{
	if (a->domain != b->domain)
		return compare(a->domain, b->domain);
	if (a->bus != b->bus)
		return compare(a->bus, b->bus);
	return compare(a->devfn, b->devfn);
}
