// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bdf.h"

/* Not isxdigit(), which asks the locale. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* A number of 1 to MAX_DIGITS digits that END follows; *TEXT moves behind END. */
static bool number(const char **text, int max_digits, char end, uint32_t *value)
{
	const char *at = *text;

	for (*value = 0; digit(*at) >= 0; at++)
		*value = *value << 4 | (uint32_t)digit(*at);
	if (at == *text || at - *text > max_digits || *at != end)
		return false;

	*text = end ? at + 1 : at;
	return true;
}

bool bdf_parse(const char *text, struct vfio_p2p_bdf *bdf)
{
	uint32_t domain = 0, bus, device, function;

	if (strchr(text, ':') != strrchr(text, ':') &&
	    !number(&text, 8, ':', &domain))
		return false;
	if (!number(&text, 2, ':', &bus) ||
	    !number(&text, 2, '.', &device) || device > 0x1f ||
	    !number(&text, 1, '\0', &function) || function > 7)
		return false;

	*bdf = (struct vfio_p2p_bdf) {
		.domain = domain,
		.bus = bus,
		.devfn = device << 3 | function,
	};
	return true;
}

void bdf_format(const struct vfio_p2p_bdf *bdf, char *text)
{
	snprintf(text, VFIO_P2P_BDF_SIZE, "%04" PRIx32 ":%02x:%02x.%x",
		 (uint32_t)bdf->domain, bdf->bus, bdf->devfn >> 3,
		 bdf->devfn & 7u);
}
