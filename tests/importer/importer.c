// SPDX-License-Identifier: GPL-2.0-only
/* One importing device: its misc device and its end. */
#include <linux/slab.h>

#include "importer.h"

static void importer_release(struct kref *ref)
{
	struct importer *imp = container_of(ref, struct importer, ref);

	mutex_destroy(&imp->files_lock);
	kfree(imp);
}

void importer_put(struct importer *imp)
{
	kref_put(&imp->ref, importer_release);
}

/**
 * importer_create - make a device an importer
 * @dev: the device
 * @edu: its DMA engine, or NULL
 * @suffix: what tells its misc device from others
 *
 * Return: the importer, to be ended by importer_destroy(), or an ERR_PTR.
 */
struct importer *importer_create(struct device *dev, struct edu *edu,
				 const char *suffix)
{
	struct importer *imp;
	int ret;

	imp = kzalloc(sizeof(*imp), GFP_KERNEL);
	if (!imp)
		return ERR_PTR(-ENOMEM);

	kref_init(&imp->ref);
	imp->dev = dev;
	imp->edu = edu;
	init_rwsem(&imp->unbind_sem);
	mutex_init(&imp->files_lock);
	INIT_LIST_HEAD(&imp->files);

	snprintf(imp->name, sizeof(imp->name), P2P_TEST_DEVICE_PREFIX "%s",
		 suffix);
	imp->misc.minor = MISC_DYNAMIC_MINOR;
	imp->misc.name = imp->name;
	imp->misc.fops = &importer_fops;
	imp->misc.parent = dev;
	imp->misc.mode = 0600;

	ret = misc_register(&imp->misc);
	if (ret) {
		importer_put(imp);
		return ERR_PTR(ret);
	}

	return imp;
}

/**
 * importer_destroy - the device is going away
 * @imp: the importer
 *
 * Waits for calls in progress, then unmaps and detaches whatever open files
 * still hold; their later calls fail with ENODEV.
 */
void importer_destroy(struct importer *imp)
{
	struct importer_file *file;

	/* Opens take their reference under the lock that this takes. */
	misc_deregister(&imp->misc);

	mutex_lock(&imp->files_lock);
	list_for_each_entry(file, &imp->files, node)
		importer_file_signal_all(file);
	mutex_unlock(&imp->files_lock);

	down_write(&imp->unbind_sem);
	imp->gone = true;
	list_for_each_entry(file, &imp->files, node) {
		importer_file_detach_all(file);
		wake_up_all(&file->wait);
	}
	up_write(&imp->unbind_sem);

	importer_put(imp);
}
