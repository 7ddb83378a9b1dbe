// SPDX-License-Identifier: GPL-2.0-only
/* How a page table has the memory at an address: what no system call tells. */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched/mm.h>

#include "importer.h"

static pgprotval_t type_bits(pgprot_t prot)
{
#ifdef CONFIG_X86
	return pgprot_val(prot) & _PAGE_CACHE_MASK;
#else
	return pgprot_val(prot);
#endif
}

static int read_type(pte_t *pte, unsigned long address, void *data)
{
	pte_t entry = ptep_get(pte);
	u32 *type = data;
	pgprotval_t bits;

	if (!pte_present(entry)) {
		*type = P2P_TEST_MEMORY_NONE;
		return 0;
	}
	bits = type_bits(__pgprot(pte_flags(entry)));
	if (bits == type_bits(pgprot_noncached(PAGE_KERNEL)))
		*type = P2P_TEST_MEMORY_UNCACHED;
	else if (bits == type_bits(pgprot_writecombine(PAGE_KERNEL)))
		*type = P2P_TEST_MEMORY_WRITE_COMBINED;
	else
		*type = P2P_TEST_MEMORY_OTHER;
	return 0;
}

/**
 * importer_memory_type - look at the caller's page table
 * @arg: names the address, which is in no huge page; receives the type
 *
 * Return: 0, -EFAULT nothing can be mapped there, or -ENOMEM.
 */
int importer_memory_type(struct p2p_test_memory *arg)
{
	struct mm_struct *mm = current->mm;
	int ret;

	if (arg->address >= TASK_SIZE || !PAGE_ALIGNED(arg->address))
		return -EFAULT;

	mmap_read_lock(mm);
	if (vma_lookup(mm, arg->address))
		ret = apply_to_page_range(mm, arg->address, PAGE_SIZE,
					  read_type, &arg->type);
	else
		ret = -EFAULT;
	mmap_read_unlock(mm);
	return ret;
}
