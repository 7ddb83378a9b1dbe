/* SPDX-License-Identifier: GPL-2.0-only */
/* An IOAS of an iommufd */
#ifndef LIB_IOMMUFD_H
#define LIB_IOMMUFD_H

#include <linux/ioctl.h>
#include <linux/types.h>

#ifdef __has_include
#if __has_include("linux/iommufd.h")
#include <linux/iommufd.h>
#endif
#endif

/*
 * The kernel's ABI, for headers older than Linux 6.2 and, IOMMU_IOAS_MAP_FILE, 6.13:
 * from include/uapi/linux/iommufd.h.
 */
#ifndef IOMMU_IOAS_MAP
enum iommufd_ioas_map_flags {
	IOMMU_IOAS_MAP_FIXED_IOVA = 1 << 0,
	IOMMU_IOAS_MAP_WRITEABLE = 1 << 1,
	IOMMU_IOAS_MAP_READABLE = 1 << 2,
};

struct iommu_ioas_map {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__u32 __reserved;
	__aligned_u64 user_va;
	__aligned_u64 length;
	__aligned_u64 iova;
};

#define IOMMU_IOAS_MAP		_IO(';', 0x85)
#endif

#ifndef IOMMU_IOAS_UNMAP
struct iommu_ioas_unmap {
	__u32 size;
	__u32 ioas_id;
	__aligned_u64 iova;
	__aligned_u64 length;
};

#define IOMMU_IOAS_UNMAP	_IO(';', 0x86)
#endif

#ifndef IOMMU_IOAS_MAP_FILE
struct iommu_ioas_map_file {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__s32 fd;
	__aligned_u64 start;
	__aligned_u64 length;
	__aligned_u64 iova;
};

#define IOMMU_IOAS_MAP_FILE	_IO(';', 0x8f)
#endif

#endif /* LIB_IOMMUFD_H */
