// SPDX-License-Identifier: GPL-2.0-only
/*
 * Own an NVMe drive from user space, and let a peer drive it by peer-to-peer DMA
 * alone: its controller memory buffer (CMB), where the submission queue is, and
 * its doorbells are exported as dma-bufs.  Build with
 * cc nvme_p2p.c nvme_user.c nvme_queue.c nvme_vfio.c \
 *	$(pkg-config --cflags --libs libvfio-p2p)
 *
 * usage: nvme_p2p 0000:01:00.0 COMMAND [ARGUMENT...]
 *
 * The drive is bound to vfio-pci.  COMMAND speaks to the peer, for example as
 * ibv_reg_dmabuf_mr() does.  It inherits the dma-bufs, and in its environment are
 *	NVME_CMB_FD		the CMB; the submission queue is at its beginning,
 *				all from NVME_PAGE on is free for data
 *	NVME_DOORBELLS_FD	the page of doorbells
 *	NVME_SQ_DOORBELL	offset in it, for the new tail of the queue
 *	NVME_CMB_ADDRESS	what means the CMB in a submission entry
 * Once it has ended, the completions that the drive has posted are printed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/vfio.h>
#include <vfio-p2p.h>

#include "nvme_user.h"

/* Addresses of the drive's IOMMU domain, in which there is nothing else */
#define HOST_IOVA	0x100000
#define CMB_ADDRESS	0x100000000

static int group_of(const char *bdf)
{
	char path[80], group[80];
	ssize_t length;
	int number;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 bdf);
	length = readlink(path, group, sizeof(group) - 1);
	if (length < 0)
		err(1, "%s", path);
	group[length] = 0;
	if (sscanf(strrchr(group, '/'), "/%d", &number) != 1)
		errx(1, "%s leads to %s", path, group);
	return number;
}

static int open_node(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* The fd of the device; the group stays open with it. */
static int open_device(const char *bdf, int *container)
{
	char path[80];
	int group, device;

	snprintf(path, sizeof(path), "/dev/vfio/%d", group_of(bdf));
	group = open_node(path);
	*container = open_node("/dev/vfio/vfio");
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, container) ||
	    ioctl(*container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		err(1, "%s", path);
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	if (device < 0)
		err(1, "%s", bdf);
	return device;
}

/* What else the library says is a sentence for people. */
static int checked(int dmabuf, const struct vfio_p2p_error *error)
{
	if (dmabuf < 0)
		errx(1, "%s", error->text);
	return dmabuf;
}

static int export_cmb(const struct nvme *nvme)
{
	struct vfio_p2p_error error;

	return checked(vfio_p2p_export_slice(nvme->device, nvme->cmb_bar, 0,
					     nvme->cmb_size, &error), &error);
}

/* A peer that has this page may ring the doorbells of all queues. */
static int export_doorbells(const struct nvme *nvme)
{
	struct vfio_p2p_error error;

	return checked(vfio_p2p_export_slice(nvme->device, 0, NVME_DOORBELLS,
					     NVME_PAGE, &error), &error);
}

static void set_variable(const char *name, unsigned long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", value);
	setenv(name, text, 1);
}

/* The child keeps the dma-bufs, and nothing else that is open here. */
static void run_child(const struct nvme *nvme, char **command)
{
	int cmb = export_cmb(nvme), doorbells = export_doorbells(nvme);

	set_variable("NVME_CMB_FD", cmb);
	set_variable("NVME_DOORBELLS_FD", doorbells);
	set_variable("NVME_SQ_DOORBELL", nvme_sq_doorbell(nvme));
	set_variable("NVME_CMB_ADDRESS", nvme->cmb_address);
	fcntl(cmb, F_SETFD, 0);
	fcntl(doorbells, F_SETFD, 0);
	execvp(command[0], command);
	err(127, "%s", command[0]);
}

static int run(const struct nvme *nvme, char **command)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid)
		run_child(nvme, command);
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void print_completions(struct nvme *nvme)
{
	__u16 id;
	int status;

	while ((status = nvme_complete(&nvme->io, &id)) >= 0)
		printf("command %u: status %#x\n", id, status);
}

int main(int argc, char **argv)
{
	int container, device, ret;
	struct nvme nvme;

	if (argc < 3)
		errx(1, "usage: nvme_p2p 0000:01:00.0 COMMAND [ARGUMENT...]");
	device = open_device(argv[1], &container);
	ret = nvme_open(&nvme, container, device, HOST_IOVA, CMB_ADDRESS);
	if (!ret)
		ret = nvme_start(&nvme);
	if (ret)
		errx(1, "%s: %s", argv[1], ret < 0 ? strerror(-ret) :
		     "it refuses a command");
	printf("CMB: BAR %u, %llu KiB; namespace 1: %llu blocks of %u bytes\n",
	       nvme.cmb_bar, nvme.cmb_size / 1024, nvme.blocks,
	       nvme.block_size);
	fflush(stdout);
	ret = run(&nvme, argv + 2);
	print_completions(&nvme);
	nvme_stop(&nvme);
	nvme_close(&nvme);
	return ret;
}
