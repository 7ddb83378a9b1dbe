// SPDX-License-Identifier: GPL-2.0-only
/* A path as a sentence for people */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include <vfio-p2p.h>

/**
 * struct sentence - what has been said so far
 * @text: the caller's buffer
 * @size: its size
 * @length: of the whole sentence, which may be more
 */
struct sentence {
	char *text;
	size_t size;
	size_t length;
};

__attribute__((format(printf, 2, 3)))
static void say(struct sentence *sentence, const char *format, ...)
{
	bool room = sentence->length < sentence->size;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(room ? sentence->text + sentence->length : NULL,
			   room ? sentence->size - sentence->length : 0,
			   format, args);
	va_end(args);
	if (length > 0)
		sentence->length += (size_t)length;
}

static const char *host_bridge(const struct vfio_p2p_path *path)
{
	return path->bridge[0] ? path->bridge : "(no device stands for it)";
}

static bool redirected(const struct vfio_p2p_path *path)
{
	return path->facts & VFIO_P2P_FACT_ACS_REDIRECT;
}

static void say_possible(struct sentence *sentence,
			 const struct vfio_p2p_path *path)
{
	say(sentence, "%s reaches the device ", path->peer);
	switch (path->reason) {
	case VFIO_P2P_REASON_SAME_FUNCTION:
		say(sentence, "because it is the device");
		return;
	case VFIO_P2P_REASON_COMMON_UPSTREAM:
		say(sentence, "directly, below bridge %s", path->bridge);
		break;
	case VFIO_P2P_REASON_ACS_REDIRECT:
		say(sentence, "through the host bridge, as ACS at %s sends the traffic up",
		    path->redirect);
		break;
	case VFIO_P2P_REASON_NO_COMMON_UPSTREAM:
		say(sentence, "through the host bridge %s", host_bridge(path));
		break;
	default:
		say(sentence, "(rule %u)", path->reason);
		break;
	}
	say(sentence, ", distance %d", path->distance);
}

/* What may be done about a host bridge that does not route */
static void say_ways_round(struct sentence *sentence,
			   const struct vfio_p2p_path *path)
{
	if (redirected(path))
		say(sentence,
		    "; as ACS at %s sends the traffic there: boot with pci=disable_acs_redir=%s, which weakens isolation",
		    path->redirect, path->redirect);
	else
		say(sentence, "; move both devices below one PCIe switch");
}

static void say_impossible(struct sentence *sentence,
			   const struct vfio_p2p_path *path)
{
	say(sentence, "%s does not reach the device: ", path->peer);
	switch (path->reason) {
	case VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN:
		say(sentence, "host bridge %s is not known to route between its ports",
		    host_bridge(path));
		say_ways_round(sentence, path);
		say(sentence, "; or, if you know that it does, load the module with host_bridges=");
		break;
	case VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY:
		say(sentence,
		    "host bridge %s routes between its own ports only, and the other device is behind another one",
		    host_bridge(path));
		say(sentence, "; move one of them to a slot of the same CPU socket");
		break;
	case VFIO_P2P_REASON_NOT_PCI:
		say(sentence, "it is no PCI device");
		break;
	case VFIO_P2P_REASON_DMA_MASK:
		say(sentence,
		    "its driver's DMA mask is too short for the addresses of the BARs; switch the IOMMU on");
		break;
	default:
		say(sentence, "rule %u", path->reason);
		break;
	}
}

size_t vfio_p2p_describe_path(const struct vfio_p2p_path *path, char *text,
			      size_t size)
{
	struct sentence sentence = { .text = text, .size = size };

	if (path->route == VFIO_P2P_ROUTE_IMPOSSIBLE)
		say_impossible(&sentence, path);
	else
		say_possible(&sentence, path);
	return sentence.length;
}
