/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef P2P_EXPORTS_H
#define P2P_EXPORTS_H

struct klist_iter;
struct p2p_buffer;

void p2p_exports_add(struct p2p_buffer *buf);
void p2p_exports_del(struct p2p_buffer *buf);

void p2p_exports_begin(struct klist_iter *iter);
struct p2p_buffer *p2p_exports_next(struct klist_iter *iter);
void p2p_exports_end(struct klist_iter *iter);

#endif /* P2P_EXPORTS_H */
