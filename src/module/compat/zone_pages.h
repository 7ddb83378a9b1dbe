/* SPDX-License-Identifier: GPL-2.0-only */
/* struct pages of device memory, where the kernel has them. */
#ifndef P2P_COMPAT_ZONE_PAGES_H
#define P2P_COMPAT_ZONE_PAGES_H

#include <linux/err.h>
#include <linux/memory_hotplug.h>
#include <linux/memremap.h>
#include <linux/mm.h>

/*
 * Only on x86 is the kernel's direct mapping of a BAR sure to be uncached: PAT gives
 * it the type that vfio-pci-core's own mapping of the BAR has.  And without FS_DAX
 * nothing keeps vfio's type 1 IOMMU from pinning the pages for ever, see hold.c.
 */
#ifndef P2P_HAS_PAGES
#define P2P_HAS_PAGES \
	(IS_ENABLED(CONFIG_ZONE_DEVICE) && IS_ENABLED(CONFIG_X86_64) && \
	 IS_ENABLED(CONFIG_FS_DAX))
#endif

#if P2P_HAS_PAGES

#include <asm/memtype.h>

/* Without PAT the direct mapping would be cached. */
static inline bool p2p_pages_typed(void)
{
	return pat_enabled();
}

static inline int p2p_memremap(struct dev_pagemap *pgmap, int node)
{
	return PTR_ERR_OR_ZERO(memremap_pages(pgmap, node));
}

static inline void p2p_memunmap(struct dev_pagemap *pgmap)
{
	memunmap_pages(pgmap);
}

/* Start and size of what can have pages are multiples of this. */
static inline u64 p2p_pages_granule(void)
{
	return memremap_compat_align();
}

/*
 * memremap_pages() looks as well, and complains in the log.  But how far the direct
 * mapping reaches with KASLR it knows only since "x86/kaslr: Expose and use the end
 * of the physical memory address space" (ea72ce5da228), Linux 6.11 and backports;
 * behind it come vmalloc's addresses.
 */
static inline bool p2p_pages_mappable(u64 start, u64 length)
{
	struct range range = mhp_get_pluggable_range(true);
	u64 last = start + length - 1;

	return start >= range.start && last <= range.end &&
	       (unsigned long)__va(last) < VMALLOC_START;
}

/*
 * The kernel has struct pages in units of a subsection; those of sections with memory
 * of the machine it has for all of them, and keeps them when ours are unmade.
 */
static inline bool p2p_pages_exist(u64 start, u64 length)
{
	unsigned long pfn = PHYS_PFN(start);
	const unsigned long end = PHYS_PFN(start + length);

	for (; pfn < end; pfn += PAGES_PER_SUBSECTION)
		if (pfn_valid(pfn))
			return true;
	return false;
}

#else

static inline bool p2p_pages_typed(void)
{
	return false;
}

static inline int p2p_memremap(struct dev_pagemap *pgmap, int node)
{
	return -EOPNOTSUPP;
}

static inline void p2p_memunmap(struct dev_pagemap *pgmap)
{
}

static inline u64 p2p_pages_granule(void)
{
	return PAGE_SIZE;
}

static inline bool p2p_pages_mappable(u64 start, u64 length)
{
	return false;
}

static inline bool p2p_pages_exist(u64 start, u64 length)
{
	return false;
}

#endif /* P2P_HAS_PAGES */

#endif /* P2P_COMPAT_ZONE_PAGES_H */
