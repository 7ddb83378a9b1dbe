// SPDX-License-Identifier: GPL-2.0-only
/* Pages of the caller that are pinned for long, and references that go wrong. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "importer.h"

static int pin_pages(unsigned long address, struct page **pages,
		     unsigned long nr)
{
	int pinned;

	pinned = pin_user_pages_fast(address, nr, FOLL_WRITE | FOLL_LONGTERM,
				     pages);
	if (pinned < 0)
		return pinned;
	if (pinned == nr)
		return 0;
	unpin_user_pages(pages, pinned);
	return -EFAULT;
}

/* pin_lock held */
static int pin(struct importer_file *file, const struct p2p_test_pin *arg)
{
	unsigned long nr = arg->length >> PAGE_SHIFT;
	struct page **pages;
	int ret;

	if (file->pinned)
		return -EBUSY;
	pages = kvcalloc(nr, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	ret = pin_pages(arg->address, pages, nr);
	if (ret) {
		kvfree(pages);
		return ret;
	}
	file->pinned = pages;
	file->nr_pinned = nr;
	return 0;
}

/**
 * importer_pin - pin pages until importer_unpin()
 * @file: that has them
 * @arg: which
 *
 * Return: 0; -EBUSY: it has some; -EINVAL: no whole pages, or too many; or an error.
 */
int importer_pin(struct importer_file *file, const struct p2p_test_pin *arg)
{
	int ret;

	if (!arg->length || arg->length > P2P_TEST_PIN_MAX ||
	    !PAGE_ALIGNED(arg->address) || !PAGE_ALIGNED(arg->length))
		return -EINVAL;

	mutex_lock(&file->pin_lock);
	ret = pin(file, arg);
	mutex_unlock(&file->pin_lock);
	return ret;
}

void importer_unpin(struct importer_file *file)
{
	mutex_lock(&file->pin_lock);
	if (file->pinned)
		unpin_user_pages(file->pinned, file->nr_pinned);
	kvfree(file->pinned);
	file->pinned = NULL;
	mutex_unlock(&file->pin_lock);
}

/**
 * importer_page_ref - what KVM up to Linux 6.12 may do to a page, on purpose
 * @arg: which page, and what
 *
 * Return: 0; -ENXIO: there is no page; -EINVAL.
 */
int importer_page_ref(const struct p2p_test_page_ref *arg)
{
	unsigned long pfn = PHYS_PFN(arg->address);

	if (arg->reserved || (arg->change != 1 && arg->change != -1))
		return -EINVAL;
	if (!pfn_valid(pfn))
		return -ENXIO;
	if (arg->change > 0)
		get_page(pfn_to_page(pfn));
	else
		put_page(pfn_to_page(pfn));
	return 0;
}
