// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device answers through its device node is the same with and without the
 * module: before it is bound to an iommufd, the bind and all that belongs to
 * address spaces, and afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cdev_scene.h"
#include "env.h"
#include "kmod.h"
#include "native.h"
#include "script.h"
#include "tap.h"

#define EXPORTER	"EXPORTER_NVME"
#define SLOT		"SLOT_NVME"

/* More lines than a script that stops early would leave */
#define ENOUGH_LINES	3000

/* No line begins like this. */
#define NOTHING		" nothing "

/* No object of any iommufd here */
#define NO_ID		12345

static struct vfio_dev dev = { .fd = -1 };
static struct vfio_dev second = { .fd = -1 };
static int iommufd = -1;
static int other = -1;

static int close_all(void **state)
{
	vfio_cdev_close(&second);
	vfio_cdev_close(&dev);
	if (iommufd >= 0)
		close(iommufd);
	if (other >= 0)
		close(other);
	iommufd = -1;
	other = -1;

	return module_loaded(MODULE_UNDER_TEST) ?
		       module_unload(MODULE_UNDER_TEST) : 0;
}

/* A helper's result, as all lines have it */
static void say(struct script *script, const char *what, int ret)
{
	if (ret < 0)
		errno = -ret;
	transcript_call(&script->out, ret < 0 ? -1 : ret, "%s", what);
}

/* Nothing may be done with a node that is not bound. */
static void unbound_calls(struct script *script)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	void *addr;

	script_ioctl(script, "info", VFIO_DEVICE_GET_INFO, &info, sizeof(info));
	script_ioctl(script, "reset", VFIO_DEVICE_RESET, NULL, 0);
	script_read(script, VFIO_PCI_CONFIG_REGION_INDEX, 0, 4);
	script_write(script, VFIO_PCI_CONFIG_REGION_INDEX, 4, "\0", 1);
	addr = mmap(NULL, 4096, PROT_READ, MAP_SHARED, script->dev->fd,
		    script_offset(SCENE_BAR));
	say(script, "mmap", addr == MAP_FAILED ? -errno : 0);
	say(script, "attach", vfio_cdev_attach(script->dev, NO_ID));
	say(script, "detach", vfio_cdev_detach(script->dev));
}

/*
 * The structs as the newest kernels have them, with a token and a PASID; argsz
 * says how much of it counts.
 */
struct bind_arg {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 devid;
	__u64 token;
};

struct attach_arg {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id;
	__u32 pasid;
};

static void bind_call(struct script *script, __u32 argsz, __u32 flags, int fd)
{
	static const __u8 token[16];
	struct bind_arg arg = {
		.argsz = argsz,
		.flags = flags,
		.iommufd = fd,
		.token = (uintptr_t)token,
	};
	char what[64];

	snprintf(what, sizeof(what), "bind argsz %u flags %#x", argsz, flags);
	script_ioctl(script, what, VFIO_DEVICE_BIND_IOMMUFD, &arg,
		     sizeof(arg));
}

static void bind_calls(struct script *script)
{
	bind_call(script, 0, 0, iommufd);
	bind_call(script, 15, 0, iommufd);
	bind_call(script, 16, 0x80000000, iommufd);
	bind_call(script, 16, 0, -1);
	bind_call(script, 16, 0, script->dev->fd);
	bind_call(script, 16, 0, script->stranger);
	bind_call(script, 16, 1, iommufd);
	bind_call(script, 24, 1, iommufd);
	script_ioctl(script, "bind EFAULT", VFIO_DEVICE_BIND_IOMMUFD,
		     script_bad_page(), 0);
	bind_call(script, 16, 0, iommufd);

	/* It is bound now. */
	bind_call(script, 16, 0, iommufd);
	bind_call(script, 16, 0, other);
}

/* The same device by other ways, while this one has it */
static void rival_calls(struct script *script, const char *bdf)
{
	struct vfio_dev dev;
	int ret;

	assert_ok(vfio_cdev_open(&second, bdf));
	say(script, "second bind", vfio_cdev_bind(&second, iommufd));
	say(script, "second bind to other", vfio_cdev_bind(&second, other));
	ret = vfio_dev_open(&dev, bdf);
	say(script, "group", ret);
	if (!ret)
		vfio_dev_close(&dev);
}

static void attach_call(struct script *script, __u32 argsz, __u32 flags,
			__u32 id)
{
	struct attach_arg arg = {
		.argsz = argsz,
		.flags = flags,
		.pt_id = id,
		.pasid = 1,
	};
	char what[64];

	snprintf(what, sizeof(what), "attach %u argsz %u flags %#x", id, argsz,
		 flags);
	script_ioctl(script, what, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &arg,
		     sizeof(arg));
}

static void attach_calls(struct script *script, __u32 ioas)
{
	const __u32 next = assert_ok(iommufd_ioas_alloc(iommufd));

	say(script, "detach too early", vfio_cdev_detach(script->dev));
	attach_call(script, 8, 0, ioas);
	attach_call(script, 12, 0x80000000, ioas);
	attach_call(script, 12, 0, NO_ID);
	attach_call(script, 12, 1, ioas);
	attach_call(script, 16, 1, ioas);
	script_ioctl(script, "attach EFAULT", VFIO_DEVICE_ATTACH_IOMMUFD_PT,
		     script_bad_page(), 0);
	attach_call(script, 12, 0, ioas);
	attach_call(script, 12, 0, ioas);
	say(script, "destroy", iommufd_destroy(iommufd, ioas));
	attach_call(script, 12, 0, next);
	say(script, "destroy", iommufd_destroy(iommufd, ioas));
	say(script, "detach", vfio_cdev_detach(script->dev));
	say(script, "detach again", vfio_cdev_detach(script->dev));
	attach_call(script, 12, 0, next);
}

static void hot_reset_info(struct script *script)
{
	union {
		struct vfio_pci_hot_reset_info info;
		char bytes[256];
	} arg = { .info.argsz = sizeof(arg) };

	script_ioctl(script, "hot reset info",
		     VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, &arg, sizeof(arg));
}

static void hot_reset(struct script *script, int fd)
{
	struct {
		struct vfio_pci_hot_reset reset;
		int fd;
	} arg = {
		.reset.argsz = sizeof(arg),
		.reset.count = fd >= 0,
		.fd = fd,
	};

	script_ioctl(script, "hot reset", VFIO_DEVICE_PCI_HOT_RESET, &arg,
		     sizeof(arg));
}

static void hot_reset_calls(struct script *script)
{
	hot_reset_info(script);
	hot_reset(script, -1);
	hot_reset(script, iommufd);
	hot_reset(script, script->stranger);
}

/* What is no matter of iommufd, as for groups */
static void common_calls(struct script *script)
{
	script_ioctl(script, "reset", VFIO_DEVICE_RESET, NULL, 0);
	script_infos(script);
	script_config(script);
	script_irqs(script);
	script_unknown_ioctls(script);
	script_features(script);
}

static struct transcript run(const char *bdf, bool with_module)
{
	struct script script = { .dev = &dev };
	__u32 ioas;

	if (with_module)
		assert_ok(module_load(MODULE_UNDER_TEST, NULL));
	assert_ok(vfio_cdev_open(&dev, bdf));
	iommufd = assert_ok(iommufd_open());
	other = assert_ok(iommufd_open());
	script.stranger = assert_ok(open("/dev/null", O_RDWR | O_CLOEXEC));
	ioas = assert_ok(iommufd_ioas_alloc(iommufd));

	unbound_calls(&script);
	bind_calls(&script);
	rival_calls(&script, bdf);
	attach_calls(&script, ioas);
	hot_reset_calls(&script);
	common_calls(&script);

	close(script.stranger);
	assert_ok(close_all(NULL));
	assert_true(script.out.nr > ENOUGH_LINES);

	return script.out;
}

static void expect_same(const struct transcript *plain, const char *bdf,
			bool with_module, const char *except)
{
	struct transcript out = run(bdf, with_module);
	size_t differences = transcript_differences(plain, &out, except);

	transcript_free(&out);
	assert_int_equal(differences, 0);
}

static void test_same_answers(void **state)
{
	const char *bdf = vfio_cdev_bdf_or_skip(*state);
	/* Not even the feature changes if the kernel goes on to serve it. */
	const char *except = native_used() ? NOTHING : SCRIPT_OURS;
	struct transcript plain;

	/* Else it can't be reset together with the other function of the slot. */
	if (!strcmp(*state, SLOT))
		vfio_cdev_bdf_or_skip("SLOT_IVSHMEM");
	assert_false(module_loaded(MODULE_UNDER_TEST));
	plain = run(bdf, false);
	/* Else a difference would mean nothing */
	expect_same(&plain, bdf, false, NOTHING);
	expect_same(&plain, bdf, true, except);
	expect_same(&plain, bdf, false, NOTHING);
	transcript_free(&plain);
}

#define TEST_WITH(title, exporter) \
	{ title, test_same_answers, NULL, close_all, exporter }

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH("alone", EXPORTER),
		TEST_WITH("shared slot", SLOT),
	};

	return tap_run(tests, NULL, NULL);
}
