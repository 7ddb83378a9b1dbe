// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BAR is either registered, so that it has pages, or exported and mmapped by
 * vfio.  Never both: of what the owner hands out as pages nothing must be left
 * to others by another door.
 *
 * EXPORT:	registered?  EBUSY.  Else it counts while it is under way; then
 *		the dma-buf is in the exporter's list.
 * mmap:	registered?  EBUSY.  Else its address space is noted.
 * REGISTER:	an EXPORT under way?  EBUSY.  Else it is registered from now on,
 *		so that no other begins; and only then does it look for dma-bufs
 *		and mappings, and takes that back if there are any.
 *
 * vfio's mappings are looked for where the kernel keeps them, so that those of the
 * time before the module was loaded are found, too.  A mapping gets there a
 * moment after vfio's mmap returns, with mmap_lock held until then.  So REGISTER
 * takes the mmap_lock of those who have mapped before it looks.
 *
 * Pages for an IOMMU's mappings only are no door to the memory for anybody else, so
 * that the BAR is exported and mmapped by vfio as ever once they are made.  But a BAR has
 * pages of one kind only.
 *
 * And they neither come nor go while an mmap shows the BAR, vfio's or one of a dma-buf.
 * KVM up to Linux 6.12 takes what it finds in a page table for memory if there is a
 * ZONE_DEVICE page for it (kvm_pfn_to_refcounted_page()), and looks for that page twice:
 * before it makes an entry of the guest's page table it takes a reference, afterwards it
 * gives that back.  If the page comes in between, it gives back what it has not taken.  So
 * each of the two needs dma-bufs and mmaps to be over and excluded, which is looked for as
 * above; who exports at that moment waits, who maps gets EBUSY.  And making them also
 * waits for faults of the guest that have looked before munmap, see settle().
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>

#include "bar_use.h"
#include "compat/vfio_vma.h"
#include "device.h"

void p2p_bar_use_init(struct p2p_bar_use *use)
{
	unsigned int bar;

	spin_lock_init(&use->lock);
	init_waitqueue_head(&use->changed);
	/* What was before we don't know. */
	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++)
		use->mmapped[bar] = true;
}

/**
 * p2p_bar_use_forget - the device is closed: all mappings are gone
 * @use: of a device of which nothing can be registered now
 */
void p2p_bar_use_forget(struct p2p_bar_use *use)
{
	struct mm_struct *mappers[P2P_MAPPERS];
	unsigned int i;

	spin_lock(&use->lock);
	memcpy(mappers, use->mappers, sizeof(mappers));
	memset(use->mappers, 0, sizeof(use->mappers));
	use->crowded = false;
	spin_unlock(&use->lock);

	for (i = 0; i < P2P_MAPPERS; i++)
		if (mappers[i])
			mmdrop(mappers[i]);
}

/* Its last mmap is over: that would still hold the lock. */
static bool is_done(struct mm_struct *mm)
{
	if (!mmap_read_trylock(mm))
		return false;
	mmap_read_unlock(mm);
	return true;
}

/*
 * The current one has its mmap_lock: what it mapped before is in place.
 *
 * Return: one that is not noted any more, to be dropped, or NULL.
 */
static struct mm_struct *note_mapper(struct p2p_bar_use *use)
{
	struct mm_struct *old;
	unsigned int i;

	lockdep_assert_held(&use->lock);
	for (i = 0; i < P2P_MAPPERS; i++)
		if (use->mappers[i] == current->mm)
			return NULL;
	for (i = 0; i < P2P_MAPPERS; i++) {
		old = use->mappers[i];
		if (old && !is_done(old))
			continue;
		mmgrab(current->mm);
		use->mappers[i] = current->mm;
		return old;
	}
	use->crowded = true;
	return NULL;
}

/**
 * p2p_bar_use_mmap - may vfio map this
 * @dev: the device
 * @vma: what was asked for; mmap_lock held for writing
 *
 * Return: 0 or -EBUSY.
 */
int p2p_bar_use_mmap(struct p2p_device *dev, struct vm_area_struct *vma)
{
	struct p2p_bar_use *use = &dev->pages.use;
	unsigned long bar = vma->vm_pgoff >> (VFIO_PCI_OFFSET_SHIFT -
					      PAGE_SHIFT);
	struct mm_struct *old = NULL;
	int ret = 0;

	if (bar >= PCI_STD_NUM_BARS)
		return 0;

	spin_lock(&use->lock);
	if (use->registered[bar] || use->changing[bar]) {
		ret = -EBUSY;
	} else {
		old = note_mapper(use);
		use->mmapped[bar] = true;
	}
	spin_unlock(&use->lock);
	if (old)
		mmdrop(old);
	return ret;
}

/* Return: whether RET is the answer; or there is none while the BAR changes. */
static bool try_begin_export(struct p2p_bar_use *use, unsigned int bar, int *ret)
{
	bool changing;

	spin_lock(&use->lock);
	changing = use->changing[bar];
	if (use->registered[bar]) {
		*ret = -EBUSY;
	} else if (!changing) {
		use->exporting[bar]++;
		use->mmapped[bar] = true;
	}
	spin_unlock(&use->lock);
	return *ret || !changing;
}

/**
 * p2p_bar_use_begin_export - may a dma-buf be made
 * @dev: the device
 * @bar: any number
 *
 * Context: may sleep, while pages for an IOMMU are made or unmade; no mmap_lock, which
 * who does that takes.
 * Return: 0, then p2p_bar_use_end_export() has to follow once the dma-buf is in
 * the exporter's list; -EBUSY; or -EINTR: the caller is being killed.
 */
int p2p_bar_use_begin_export(struct p2p_device *dev, unsigned int bar)
{
	struct p2p_bar_use *use = &dev->pages.use;
	int ret = 0;

	if (bar >= PCI_STD_NUM_BARS)
		return 0;
	if (wait_event_killable(use->changed,
				try_begin_export(use, bar, &ret)))
		return -EINTR;
	return ret;
}

void p2p_bar_use_end_export(struct p2p_device *dev, unsigned int bar)
{
	struct p2p_bar_use *use = &dev->pages.use;

	if (bar >= PCI_STD_NUM_BARS)
		return;

	spin_lock(&use->lock);
	use->exporting[bar]--;
	spin_unlock(&use->lock);
}

static struct mm_struct *get_mapper(struct p2p_bar_use *use, unsigned int i)
{
	struct mm_struct *mm;

	spin_lock(&use->lock);
	mm = use->mappers[i];
	if (mm)
		mmgrab(mm);
	spin_unlock(&use->lock);
	return mm;
}

static int wait_for_mappers(struct p2p_bar_use *use)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < P2P_MAPPERS && !ret; i++) {
		struct mm_struct *mm = get_mapper(use, i);

		if (!mm)
			continue;
		ret = mmap_read_lock_killable(mm);
		if (!ret)
			mmap_read_unlock(mm);
		mmdrop(mm);
	}
	return ret;
}

/*
 * All of the device's files have this address space.  Before Linux 6.10 it is that
 * of all anonymous inodes, and whose a mapping is, its private data tells.
 */
static bool is_mapped(struct p2p_device *dev, unsigned int bar,
		      struct address_space *mapping)
{
	struct vm_area_struct *vma;
	struct rb_node *node;
	bool found = false;

	i_mmap_lock_read(mapping);
	for (node = rb_first_cached(&mapping->i_mmap); node && !found;
	     node = rb_next(node)) {
		vma = rb_entry(node, struct vm_area_struct, shared.rb);
		found = vma->vm_private_data == dev->vdev &&
			p2p_vfio_vma_in_bar(dev->vdev, vma, bar);
	}
	i_mmap_unlock_read(mapping);
	return found;
}

/*
 * KVM may be on its way with what it found in a page table before munmap.  Between the
 * two looks at the struct page, which are in one fault of a guest, it does not sleep; so
 * each task that sleeps, runs in user space or enters a guest (which counts, by
 * rcu_virt_note_context_switch()) is out of such a fault, and Tasks RCU waits until each
 * was.  Being preempted, as in a fault, does not count.
 *
 * What this does not cover is what KVM maps for itself of a guest's memory, which it has
 * without an mmap, for as long as it likes for nested guests (kvm_vcpu_map()), and may
 * sleep over for a gfn_to_pfn_cache; nor any fault with PREEMPT_RT, where KVM's mmu_lock,
 * which is taken in between, may sleep.  That is what P2P_POOL_BASE is for.
 *
 * To unmake pages there is no need to wait: a reference that was taken can be seen.
 */
static void settle(struct p2p_bar_use *use, unsigned int bar)
{
	bool mmapped;

	spin_lock(&use->lock);
	mmapped = use->mmapped[bar];
	use->mmapped[bar] = false;
	spin_unlock(&use->lock);
	if (mmapped)
		synchronize_rcu_tasks();
}

/* WHY it matters is said if there are any. */
static int look_for_users(struct p2p_device *dev, unsigned int bar,
			  struct address_space *mapping, const char *why)
{
	int ret = wait_for_mappers(&dev->pages.use);

	if (ret)
		return ret;
	if (p2p_exporter_has(&dev->exporter, bar)) {
		pci_notice_ratelimited(dev->pdev,
				       "BAR %u: %s: there are dma-bufs of it\n",
				       bar, why);
		return -EBUSY;
	}
	if (is_mapped(dev, bar, mapping)) {
		pci_notice_ratelimited(dev->pdev,
				       "BAR %u: %s: it is mmapped through vfio\n",
				       bar, why);
		return -EBUSY;
	}
	return 0;
}

static void tell_crowded(struct p2p_device *dev, unsigned int bar,
			 const char *why)
{
	pci_notice_ratelimited(dev->pdev,
			       "BAR %u: %s: more than %u processes were about to mmap the device at once; close it first\n",
			       bar, why, P2P_MAPPERS);
}

/**
 * p2p_bar_use_register - one more range of a BAR is registered
 * @dev: the device, open
 * @bar: 0 to 5
 * @mapping: of the file by which it is open
 *
 * Context: may sleep; pages->changing held, no mmap_lock.
 * Return: 0, -EBUSY: there are dma-bufs or mappings of it, or were until a moment
 * ago; -EINTR.
 */
int p2p_bar_use_register(struct p2p_device *dev, unsigned int bar,
			 struct address_space *mapping)
{
	struct p2p_bar_use *use = &dev->pages.use;
	bool crowded;
	int ret;

	lockdep_assert_held(&dev->pages.changing);
	/* First, as from then on others' calls are refused. */
	ret = look_for_users(dev, bar, mapping, "no pages");
	if (ret)
		return ret;

	spin_lock(&use->lock);
	crowded = use->crowded;
	if (use->exporting[bar] || use->for_iommu[bar] || crowded)
		ret = -EBUSY;
	else
		use->registered[bar]++;
	spin_unlock(&use->lock);
	if (crowded)
		tell_crowded(dev, bar, "no pages");
	if (ret)
		return ret;

	ret = look_for_users(dev, bar, mapping, "no pages");
	if (ret)
		p2p_bar_use_unregister(dev, bar);
	else
		settle(use, bar);
	return ret;
}

/**
 * p2p_bar_use_unregister - one range less
 * @dev: the device
 * @bar: as given to p2p_bar_use_register()
 */
void p2p_bar_use_unregister(struct p2p_device *dev, unsigned int bar)
{
	struct p2p_bar_use *use = &dev->pages.use;

	spin_lock(&use->lock);
	use->registered[bar]--;
	spin_unlock(&use->lock);
}

/*
 * From here on nobody exports or maps the BAR.  Return: whether all who do can be found.
 */
static bool exclude(struct p2p_bar_use *use, unsigned int bar, bool *crowded)
{
	bool busy;

	spin_lock(&use->lock);
	use->changing[bar] = true;
	*crowded = use->crowded;
	busy = *crowded || use->exporting[bar];
	spin_unlock(&use->lock);
	return !busy;
}

static void allow(struct p2p_bar_use *use, unsigned int bar)
{
	spin_lock(&use->lock);
	use->changing[bar] = false;
	spin_unlock(&use->lock);
	wake_up_all(&use->changed);
}

/*
 * Exclude mmap of a BAR, if there is none.
 *
 * Return: 0; -EBUSY, with a sentence, or -EINTR: it is not excluded.
 */
static int begin_change(struct p2p_device *dev, unsigned int bar,
			struct address_space *mapping, const char *why)
{
	struct p2p_bar_use *use = &dev->pages.use;
	int ret = -EBUSY;
	bool crowded;

	lockdep_assert_held(&dev->pages.changing);
	if (exclude(use, bar, &crowded))
		ret = look_for_users(dev, bar, mapping, why);
	else if (crowded)
		tell_crowded(dev, bar, why);
	else
		pci_notice_ratelimited(dev->pdev,
				       "BAR %u: %s: it is just being exported; try again\n",
				       bar, why);
	if (ret)
		allow(use, bar);
	return ret;
}

static int count_for_iommu(struct p2p_bar_use *use, unsigned int bar)
{
	int ret = 0;

	spin_lock(&use->lock);
	if (use->registered[bar])
		ret = -EBUSY;
	else
		use->for_iommu[bar]++;
	spin_unlock(&use->lock);
	return ret;
}

/**
 * p2p_bar_use_begin_iommu - one more range gets pages for an IOMMU's mappings only
 * @dev: the device, open
 * @bar: 0 to 5
 * @mapping: of the file by which it is open
 *
 * Context: may sleep, for a second if the BAR was mmapped or exported since the last time;
 * pages->changing held, no mmap_lock.
 * Return: 0, then nobody maps or exports the BAR until p2p_bar_use_changed(); -EBUSY: it
 * is mmapped or exported, or has pages of the other kind; -EINTR.
 */
int p2p_bar_use_begin_iommu(struct p2p_device *dev, unsigned int bar,
			    struct address_space *mapping)
{
	struct p2p_bar_use *use = &dev->pages.use;
	int ret;

	ret = count_for_iommu(use, bar);
	if (ret)
		return ret;
	ret = begin_change(dev, bar, mapping,
			   "no pages, register it first, then mmap or export it");
	if (ret)
		p2p_bar_use_end_iommu(dev, bar);
	else
		settle(use, bar);
	return ret;
}

/**
 * p2p_bar_use_begin_unmake - such pages are to go
 * @dev: the device, open
 * @bar: as given to p2p_bar_use_begin_iommu()
 * @mapping: of the file by which it is open
 *
 * Context: may sleep; pages->changing held, no mmap_lock.
 * Return: 0, then nobody maps or exports the BAR until p2p_bar_use_changed(); -EBUSY: it
 * is mmapped or exported; -EINTR.
 */
int p2p_bar_use_begin_unmake(struct p2p_device *dev, unsigned int bar,
			     struct address_space *mapping)
{
	return begin_change(dev, bar, mapping, "still registered");
}

/**
 * p2p_bar_use_changed - pages for an IOMMU came or went, or did not
 * @dev: the device
 * @bar: as given to who began
 */
void p2p_bar_use_changed(struct p2p_device *dev, unsigned int bar)
{
	allow(&dev->pages.use, bar);
}

/**
 * p2p_bar_use_end_iommu - one range less has pages for an IOMMU's mappings only
 * @dev: the device
 * @bar: as given to p2p_bar_use_begin_iommu()
 */
void p2p_bar_use_end_iommu(struct p2p_device *dev, unsigned int bar)
{
	struct p2p_bar_use *use = &dev->pages.use;

	spin_lock(&use->lock);
	use->for_iommu[bar]--;
	spin_unlock(&use->lock);
}
