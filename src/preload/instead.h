/* SPDX-License-Identifier: GPL-2.0-only */
/* What iommufd can take, instead of what it is given */
#ifndef PRELOAD_INSTEAD_H
#define PRELOAD_INSTEAD_H

struct iommu_ioas_map;
struct iommu_ioas_map_file;

/*
 * True if it was for us, and has been done; what the kernel would have written is in the
 * struct then.  Otherwise the kernel is to be asked, as if we were not there.
 */
int map_instead(int iommufd, struct iommu_ioas_map *args);
int map_file_instead(int iommufd, const struct iommu_ioas_map_file *args);

#endif /* PRELOAD_INSTEAD_H */
