// SPDX-License-Identifier: GPL-2.0-only
/* Device nodes, and devices that are bound to vfio-pci */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/vfio_p2p_dmabuf.h>

#include "doctor.h"
#include "sysfs.h"

#define NODE	"/dev/" VFIO_P2P_DEVICE_NAME

/* Accounts of people have numbers from here on; a report is not to name them. */
#define FIRST_PERSON	1000

static char *owner_name(uid_t uid)
{
	const struct passwd *user = NULL;

	if (uid < FIRST_PERSON)
		user = getpwuid(uid);
	return user ? text_of("%s", user->pw_name) : text_of("%u", uid);
}

/* Many people have a group of their own name. */
static bool is_person(const char *name)
{
	const struct passwd *user = getpwnam(name);

	return user && user->pw_uid >= FIRST_PERSON;
}

/* NULL if it has none that may be told */
static const char *group_name(gid_t gid)
{
	const struct group *group = getgrgid(gid);

	return group && !is_person(group->gr_name) ? group->gr_name : NULL;
}

/* "mode 0660, owner root, group vfio" */
static char *permissions(const char *path)
{
	char *owner, *group, *ret;
	const char *name;
	struct stat info;

	if (stat(path, &info))
		return text_of("missing");
	owner = owner_name(info.st_uid);
	name = group_name(info.st_gid);
	group = name ? text_of("%s", name) : text_of("%u", info.st_gid);
	ret = text_of("mode %04o, owner %s, group %s", info.st_mode & 07777,
		      owner, group);
	free(owner);
	free(group);
	return ret;
}

static bool may_open(const char *path)
{
	return !access(path, R_OK | W_OK);
}

static void look_missing_node(const struct patient *patient,
			      struct finding *finding)
{
	if (!patient->loaded)
		return;
	found(finding, HEALTH_PROBLEM,
	      "the module is loaded, but there is no %s", NODE);
	remedy(finding, "if this is a container, give it that device; else: udevadm trigger --settle /sys/class/misc/%s",
	       VFIO_P2P_DEVICE_NAME);
}

/* Who may, unless that is root alone */
static char *group_of(const char *path)
{
	const char *name;
	struct stat info;

	if (stat(path, &info) || !info.st_gid || !(info.st_mode & 0060))
		return NULL;
	name = group_name(info.st_gid);
	return name ? text_of("%s", name) : NULL;
}

static void remedy_rights(struct finding *finding, const char *path)
{
	char *group = group_of(path);

	if (group)
		remedy(finding, "usermod -aG %s USER, then log in anew", group);
	else
		remedy(finding, "have a udev rule give it to a group of yours, or to all: who has no vfio device can do nothing with it");
	free(group);
}

void look_node(const struct patient *patient, struct finding *finding)
{
	char *path = text_of("%s" NODE, patient->root);
	char *text = permissions(path);

	if (access(path, F_OK)) {
		look_missing_node(patient, finding);
	} else if (may_open(path)) {
		found(finding, HEALTH_OK, NODE ": %s", text);
	} else {
		found(finding, HEALTH_WARNING,
		      NODE ": %s; you may not open it, so that questions about paths go unanswered; exports by the device's own fd need it not",
		      text);
		remedy_rights(finding, path);
	}
	free(text);
	free(path);
}

void look_vfio(const struct patient *patient, struct finding *finding)
{
	char *container = text_of("%s/dev/vfio/vfio", patient->root);
	char *iommufd = text_of("%s/dev/iommu", patient->root);
	bool has_container = !access(container, F_OK);
	bool has_iommufd = !access(iommufd, F_OK);

	if (!has_container && !has_iommufd) {
		found(finding, HEALTH_PROBLEM,
		      "neither /dev/vfio/vfio nor /dev/iommu is there");
		remedy(finding, "modprobe vfio-pci");
	} else if (has_container && !may_open(container)) {
		found(finding, HEALTH_WARNING,
		      "you may not open /dev/vfio/vfio");
		remedy(finding, "chmod 0666 /dev/vfio/vfio, which is how udev makes it: rights come from the groups' nodes");
	} else {
		found(finding, HEALTH_OK, "%s%s%s",
		      has_container ? "/dev/vfio/vfio" : "",
		      has_container && has_iommufd ? " and " : "",
		      has_iommufd ? "/dev/iommu" : "");
	}
	free(container);
	free(iommufd);
}

static bool is_vfio(const struct patient *patient,
		    const struct function *function)
{
	if (!function->driver)
		return false;
	if (!strcmp(function->driver, "vfio-pci"))
		return true;
	return sysfs_size("%s/sys/bus/pci/devices/%s/vfio-dev", patient->root,
			  function->text) >= 0;
}

/* "a, b, c" of TEXT and one more */
static char *append(char *text, const char *more)
{
	char *longer;

	if (!text)
		return text_of("%s", more);
	longer = text_of("%s, %s", text, more);
	free(text);
	return longer;
}

void look_devices(const struct patient *patient, struct finding *finding)
{
	const struct machine *machine = patient->machine;
	char *names = NULL, *variants = NULL;
	size_t i;

	for (i = 0; i < machine->nr_functions; i++) {
		const struct function *function = machine->functions[i];

		if (!is_vfio(patient, function))
			continue;
		if (strcmp(function->driver, "vfio-pci"))
			variants = append(variants, function->text);
		else
			names = append(names, function->text);
	}

	if (names) {
		found(finding, HEALTH_OK, "bound to vfio-pci: %s", names);
	} else if (variants) {
		found(finding, HEALTH_WARNING,
		      "%s: drivers built on vfio-pci-core may export, or may not; no device is bound to vfio-pci itself",
		      variants);
	} else {
		found(finding, HEALTH_WARNING,
		      "no device is bound to vfio-pci, so there is nothing to export");
		remedy(finding, "driverctl set-override DEVICE vfio-pci; \"vfio-p2p list\" names the devices");
	}
	free(names);
	free(variants);
}

/* One that is neither vfio's nor of a bridge, and so spoils the group */
static bool spoils(const struct patient *patient,
		   const struct function *function)
{
	return function->driver && !is_vfio(patient, function) &&
	       strcmp(function->driver, "pcieport") &&
	       strcmp(function->driver, "pci-stub");
}

static const struct function *
group_spoiled_by(const struct patient *patient, int group)
{
	const struct machine *machine = patient->machine;
	size_t i;

	for (i = 0; i < machine->nr_functions; i++) {
		const struct function *function = machine->functions[i];

		if (function->group == group && spoils(patient, function))
			return function;
	}
	return NULL;
}

/* False if that was the last word */
static bool look_group(const struct patient *patient,
		       const struct function *function, struct finding *finding)
{
	const struct function *other =
		group_spoiled_by(patient, function->group);
	char *path, *text;
	bool opens;

	if (other) {
		found(finding, HEALTH_PROBLEM,
		      "%s can't be opened: %s, of the same IOMMU group %d, has the driver %s",
		      function->text, other->text, function->group,
		      other->driver);
		remedy(finding, "driverctl set-override %s vfio-pci",
		       other->text);
		return false;
	}

	path = text_of("%s/dev/vfio/%d", patient->root, function->group);
	text = permissions(path);
	opens = access(path, F_OK) || may_open(path);
	if (!opens) {
		found(finding, HEALTH_WARNING,
		      "you may not open %s: /dev/vfio/%d has %s",
		      function->text, function->group, text);
		remedy(finding, "chown it to who shall own the device; to do so at each boot needs a udev rule");
	}
	free(path);
	free(text);
	return opens;
}

void look_groups(const struct patient *patient, struct finding *finding)
{
	const struct machine *machine = patient->machine;
	unsigned int nr = 0;
	size_t i;

	for (i = 0; i < machine->nr_functions; i++) {
		const struct function *function = machine->functions[i];

		if (!is_vfio(patient, function) || function->group < 0)
			continue;
		if (!look_group(patient, function, finding))
			return;
		nr++;
	}
	if (nr)
		found(finding, HEALTH_OK, "devices of vfio that can be opened: %u",
		      nr);
}
