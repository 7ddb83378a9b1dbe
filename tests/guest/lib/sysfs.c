// SPDX-License-Identifier: GPL-2.0-only
/* Sysfs: attributes, and drivers of PCI functions. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

#define PCI_DIR	"/sys/bus/pci"

int sysfs_read(const char *path, char *buf, size_t size)
{
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	n = read(fd, buf, size - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;

	if (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';

	return n;
}

int sysfs_write(const char *path, const char *text)
{
	int fd, ret = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);

	return ret;
}

static void pci_path(char *path, const char *bdf, const char *attr)
{
	snprintf(path, PATH_MAX, PCI_DIR "/devices/%s/%s", bdf, attr);
}

int pci_attr_read(const char *bdf, const char *attr, char *buf, size_t size)
{
	char path[PATH_MAX];

	pci_path(path, bdf, attr);

	return sysfs_read(path, buf, size);
}

int pci_attr_write(const char *bdf, const char *attr, const char *text)
{
	char path[PATH_MAX];

	pci_path(path, bdf, attr);

	return sysfs_write(path, text);
}

long long pci_attr_number(const char *bdf, const char *attr)
{
	char text[64];
	int ret;

	ret = pci_attr_read(bdf, attr, text, sizeof(text));
	if (ret < 0)
		return ret;

	return strtoll(text, NULL, 0);
}

bool pci_exists(const char *bdf)
{
	char path[PATH_MAX];

	pci_path(path, bdf, "vendor");

	return !access(path, F_OK);
}

int pci_wait_suspended(const char *bdf)
{
	char status[32];
	int ret;

	do {
		ret = pci_attr_read(bdf, "power/runtime_status", status,
				    sizeof(status));
		if (ret < 0)
			return ret;
	} while (strcmp(status, "suspended"));
	return 0;
}

/* The last component of what a symbolic link of the function points to */
static int pci_link(const char *bdf, const char *link, char *name, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	pci_path(path, bdf, link);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;

	target[n] = '\0';
	n = snprintf(name, size, "%s", strrchr(target, '/') + 1);

	return (size_t)n < size ? 0 : -ENAMETOOLONG;
}

int pci_driver(const char *bdf, char *name, size_t size)
{
	return pci_link(bdf, "driver", name, size);
}

static int pci_release_driver(const char *bdf)
{
	char path[PATH_MAX];

	pci_path(path, bdf, "driver/unbind");

	return sysfs_write(path, bdf);
}

int pci_bind(const char *bdf, const char *driver)
{
	char name[64];
	int ret;

	ret = pci_attr_write(bdf, "driver_override", driver);
	if (ret)
		return ret;

	ret = pci_driver(bdf, name, sizeof(name));
	if (!ret) {
		if (!strcmp(name, driver))
			return 0;
		ret = pci_release_driver(bdf);
		if (ret)
			return ret;
	}

	ret = sysfs_write(PCI_DIR "/drivers_probe", bdf);
	if (ret)
		return ret;

	/* A probe that fails is not reported by the write. */
	ret = pci_driver(bdf, name, sizeof(name));
	if (ret)
		return -ENODEV;

	return strcmp(name, driver) ? -EBUSY : 0;
}

int pci_unbind(const char *bdf)
{
	char name[64];
	int ret;

	ret = pci_attr_write(bdf, "driver_override", "\n");
	if (ret)
		return ret;

	if (pci_driver(bdf, name, sizeof(name)))
		return 0;

	return pci_release_driver(bdf);
}

int pci_iommu_group(const char *bdf)
{
	char name[16];
	int ret;

	ret = pci_link(bdf, "iommu_group", name, sizeof(name));

	return ret ?: atoi(name);
}

int pci_reset(const char *bdf)
{
	return pci_attr_write(bdf, "reset", "1");
}

int pci_remove(const char *bdf)
{
	return pci_attr_write(bdf, "remove", "1");
}

int pci_rescan(void)
{
	return sysfs_write(PCI_DIR "/rescan", "1");
}

/* "0000:01:00" of "0000:01:00.0" */
static bool slot_has(const char *slot, const char *bdf)
{
	char path[PATH_MAX], address[32];
	size_t len = strcspn(bdf, ".");

	snprintf(path, sizeof(path), PCI_DIR "/slots/%s/address", slot);
	if (sysfs_read(path, address, sizeof(address)) < 0)
		return false;

	return strlen(address) == len && !strncmp(address, bdf, len);
}

int pci_slot_off(const char *bdf)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int ret = -ENODEV;
	DIR *dir;

	dir = opendir(PCI_DIR "/slots");
	if (!dir)
		return -errno;

	while (ret == -ENODEV && (entry = readdir(dir))) {
		if (!slot_has(entry->d_name, bdf))
			continue;
		snprintf(path, sizeof(path), PCI_DIR "/slots/%s/power",
			 entry->d_name);
		ret = sysfs_write(path, "0");
	}
	closedir(dir);

	return ret;
}
