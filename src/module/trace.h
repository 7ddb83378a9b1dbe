/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events: who got access, who lost it, and how long that took.  For perf
 * and trace-cmd: -e 'vfio_p2p_dmabuf:*'.
 *
 * Devices are known by their address on the bus; no address of memory is told.
 * @export is the id of the dma-buf in the view, see view.c.
 *
 * All but p2p_export and p2p_release are called under the dma-buf's reservation
 * lock, so that for one dma-buf they are in the order in which things happened.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vfio_p2p_dmabuf

#if !defined(P2P_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define P2P_TRACE_H

#include <linux/tracepoint.h>

#include "attachment.h"
#include "buffer.h"
#include "compat/compat.h"
#include "event.h"
#include "mapping.h"

/* The numbers are in the events, for the tools that read them; so are these. */
TRACE_DEFINE_ENUM(P2P_EVENT_EXPORT);
TRACE_DEFINE_ENUM(P2P_EVENT_RESET);
TRACE_DEFINE_ENUM(P2P_EVENT_CONFIG);
TRACE_DEFINE_ENUM(P2P_EVENT_POWER);
TRACE_DEFINE_ENUM(P2P_EVENT_LOAD);
TRACE_DEFINE_ENUM(P2P_EVENT_CLOSE);
TRACE_DEFINE_ENUM(P2P_EVENT_UNBIND);
TRACE_DEFINE_ENUM(P2P_EVENT_REVOKE);
TRACE_DEFINE_ENUM(VFIO_P2P_ROUTE_IMPOSSIBLE);
TRACE_DEFINE_ENUM(VFIO_P2P_ROUTE_BUS_ADDR);
TRACE_DEFINE_ENUM(VFIO_P2P_ROUTE_HOST_BRIDGE);
TRACE_DEFINE_ENUM(VFIO_P2P_REASON_COMMON_UPSTREAM);
TRACE_DEFINE_ENUM(VFIO_P2P_REASON_SAME_FUNCTION);
TRACE_DEFINE_ENUM(VFIO_P2P_REASON_ACS_REDIRECT);
TRACE_DEFINE_ENUM(VFIO_P2P_REASON_NO_COMMON_UPSTREAM);
TRACE_DEFINE_ENUM(VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN);
TRACE_DEFINE_ENUM(VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY);
TRACE_DEFINE_ENUM(VFIO_P2P_REASON_NOT_PCI);
TRACE_DEFINE_ENUM(VFIO_P2P_REASON_DMA_MASK);

/* The names are those of names.c. */
#define p2p_show_event(event)						\
	__print_symbolic(event,						\
			 { P2P_EVENT_EXPORT, "export" },		\
			 { P2P_EVENT_RESET, "reset" },			\
			 { P2P_EVENT_CONFIG, "config" },		\
			 { P2P_EVENT_POWER, "power" },			\
			 { P2P_EVENT_LOAD, "load" },			\
			 { P2P_EVENT_CLOSE, "close" },			\
			 { P2P_EVENT_UNBIND, "unbind" },		\
			 { P2P_EVENT_REVOKE, "revoke" })

#define p2p_show_route(route)						\
	__print_symbolic(route,						\
			 { VFIO_P2P_ROUTE_IMPOSSIBLE, "impossible" },	\
			 { VFIO_P2P_ROUTE_BUS_ADDR, "bus-address" },	\
			 { VFIO_P2P_ROUTE_HOST_BRIDGE, "host-bridge" })

#define p2p_show_reason(reason)						\
	__print_symbolic(reason,					\
			 { VFIO_P2P_REASON_COMMON_UPSTREAM,		\
			   "common-upstream" },				\
			 { VFIO_P2P_REASON_SAME_FUNCTION,		\
			   "same-function" },				\
			 { VFIO_P2P_REASON_ACS_REDIRECT,		\
			   "acs-redirect" },				\
			 { VFIO_P2P_REASON_NO_COMMON_UPSTREAM,		\
			   "no-common-upstream" },			\
			 { VFIO_P2P_REASON_HOST_BRIDGE_UNKNOWN,		\
			   "host-bridge-unknown" },			\
			 { VFIO_P2P_REASON_HOST_BRIDGE_SAME_ONLY,	\
			   "host-bridge-same-only" },			\
			 { VFIO_P2P_REASON_NOT_PCI, "not-pci" },	\
			 { VFIO_P2P_REASON_DMA_MASK, "dma-mask" })

/* A dma-buf was made; whether it can be mapped shows in what follows. */
TRACE_EVENT(p2p_export,
	    TP_PROTO(const struct p2p_buffer *buf),
	    TP_ARGS(buf),
	    TP_STRUCT__entry(__field(u64, export)
			     __field(u64, size)
			     __field(u32, region)
			     __field(u32, ranges)
			     __string(device, buf->origin.device)
	    ),
	    TP_fast_assign(__entry->export = buf->origin.id;
			   __entry->size = buf->ranges->size;
			   __entry->region = buf->ranges->region;
			   __entry->ranges = buf->ranges->nr;
			   p2p_assign_str(device, buf->origin.device);
	    ),
	    TP_printk("export=%llu device=%s region=%u size=%llu ranges=%u",
		      __entry->export, __get_str(device), __entry->region,
		      __entry->size, __entry->ranges)
);

/* Nobody has it any more. */
TRACE_EVENT(p2p_release,
	    TP_PROTO(const struct p2p_buffer *buf),
	    TP_ARGS(buf),
	    TP_STRUCT__entry(__field(u64, export)
			     __string(device, buf->origin.device)
	    ),
	    TP_fast_assign(__entry->export = buf->origin.id;
			   p2p_assign_str(device, buf->origin.device);
	    ),
	    TP_printk("export=%llu device=%s", __entry->export, __get_str(device))
);

DECLARE_EVENT_CLASS(p2p_attachment_class,
		    TP_PROTO(const struct p2p_buffer *buf,
			     const struct p2p_attachment *state),
		    TP_ARGS(buf, state),
		    TP_STRUCT__entry(__field(u64, export)
				     __field(u32, route)
				     __field(s32, distance)
				     __field(u32, reason)
				     __string(device, buf->origin.device)
				     __string(importer, state->name)
				     __string(driver, state->driver)
		    ),
		    TP_fast_assign(__entry->export = buf->origin.id;
				   __entry->route = state->decision.route;
				   __entry->distance = state->decision.distance;
				   __entry->reason = state->decision.reason;
				   p2p_assign_str(device, buf->origin.device);
				   p2p_assign_str(importer, state->name);
				   p2p_assign_str(driver, state->driver);
		    ),
		    TP_printk("export=%llu device=%s importer=%s driver=%s route=%s distance=%d reason=%s",
			      __entry->export, __get_str(device), __get_str(importer),
			      __get_str(driver), p2p_show_route(__entry->route),
			      __entry->distance, p2p_show_reason(__entry->reason))
);

DEFINE_EVENT(p2p_attachment_class, p2p_attach,
	     TP_PROTO(const struct p2p_buffer *buf,
		      const struct p2p_attachment *state),
	     TP_ARGS(buf, state)
);

DEFINE_EVENT(p2p_attachment_class, p2p_detach,
	     TP_PROTO(const struct p2p_buffer *buf,
		      const struct p2p_attachment *state),
	     TP_ARGS(buf, state)
);

/* @ret: 0 or the error with which the mapping was refused, without entries */
TRACE_EVENT(p2p_map,
	    TP_PROTO(const struct p2p_buffer *buf,
		     const struct p2p_attachment *state, unsigned int entries,
		     int ret),
	    TP_ARGS(buf, state, entries, ret),
	    TP_STRUCT__entry(__field(u64, export)
			     __field(u32, route)
			     __field(u32, entries)
			     __field(s32, ret)
			     __string(device, buf->origin.device)
			     __string(importer, state->name)
	    ),
	    TP_fast_assign(__entry->export = buf->origin.id;
			   __entry->route = state->decision.route;
			   __entry->entries = entries;
			   __entry->ret = ret;
			   p2p_assign_str(device, buf->origin.device);
			   p2p_assign_str(importer, state->name);
	    ),
	    TP_printk("export=%llu device=%s importer=%s route=%s entries=%u ret=%d",
		      __entry->export, __get_str(device), __get_str(importer),
		      p2p_show_route(__entry->route), __entry->entries,
		      __entry->ret)
);

TRACE_EVENT(p2p_unmap,
	    TP_PROTO(const struct p2p_buffer *buf,
		     const struct p2p_attachment *state, unsigned int entries),
	    TP_ARGS(buf, state, entries),
	    TP_STRUCT__entry(__field(u64, export)
			     __field(u32, route)
			     __field(u32, entries)
			     __string(device, buf->origin.device)
			     __string(importer, state->name)
	    ),
	    TP_fast_assign(__entry->export = buf->origin.id;
			   __entry->route = state->decision.route;
			   __entry->entries = entries;
			   p2p_assign_str(device, buf->origin.device);
			   p2p_assign_str(importer, state->name);
	    ),
	    TP_printk("export=%llu device=%s importer=%s route=%s entries=%u",
		      __entry->export, __get_str(device), __get_str(importer),
		      p2p_show_route(__entry->route), __entry->entries)
);

/*
 * Access to one dma-buf is taken back or given; its importers are told next.
 * @duration: of the state before, in ns: access, or the lack of it
 */
DECLARE_EVENT_CLASS(p2p_access_class,
		    TP_PROTO(const struct p2p_buffer *buf, enum p2p_event event,
			     u64 duration),
		    TP_ARGS(buf, event, duration),
		    TP_STRUCT__entry(__field(u64, export)
				     __field(u64, duration)
				     __field(u32, event)
				     __field(u32, importers)
				     __field(u32, mappings)
				     __string(device, buf->origin.device)
		    ),
		    TP_fast_assign(__entry->export = buf->origin.id;
				   __entry->duration = duration;
				   __entry->event = event;
				   __entry->importers = p2p_buffer_importers(buf);
				   __entry->mappings = buf->mappings;
				   p2p_assign_str(device, buf->origin.device);
		    ),
		    TP_printk("export=%llu device=%s event=%s importers=%u mappings=%u duration=%llu",
			      __entry->export, __get_str(device),
			      p2p_show_event(__entry->event), __entry->importers,
			      __entry->mappings, __entry->duration)
);

DEFINE_EVENT(p2p_access_class, p2p_revoke_begin,
	     TP_PROTO(const struct p2p_buffer *buf, enum p2p_event event,
		      u64 duration),
	     TP_ARGS(buf, event, duration)
);

/*
 * No importer can reach the memory any more, @duration after the begin; unless
 * access was given back before, then there may still be mappings.
 */
DEFINE_EVENT(p2p_access_class, p2p_revoke_end,
	     TP_PROTO(const struct p2p_buffer *buf, enum p2p_event event,
		      u64 duration),
	     TP_ARGS(buf, event, duration)
);

DEFINE_EVENT(p2p_access_class, p2p_restore,
	     TP_PROTO(const struct p2p_buffer *buf, enum p2p_event event,
		      u64 duration),
	     TP_ARGS(buf, event, duration)
);

#endif /* P2P_TRACE_H */

/* Found by the -I of Kbuild, wherever the sources were copied to. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
