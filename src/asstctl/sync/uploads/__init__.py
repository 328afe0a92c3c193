"""Whose bytes are these? What an upload holds, whose it is, and what may be done with it.

An upload is an id, a name, a size and a time. It carries no metadata, and few accounts give its
content out. So every other question (send it or use it again? drift or our own? delete it or leave
it alone?) comes back to one: what proves that this id holds these bytes, and that we sent them?

=====================  ======================  =================================  ================
proof                  where it is stored      when it is trusted                 what beats it
=====================  ======================  =================================  ================
1. attributes of a     account, on the file    always, as long as the store       nothing
   store's file:       in the store, when it   holds the file
   hash, path, name    is attached
2. record in a stamp:  account, metadata of    held: always                       held: 1
   hash and name, by   the object that holds   loose: where 3 does not know       loose: 3
   short id            or held the upload      the id
3. journal, made: id,  this machine, in        held in a store: always            held: 1, 2
   name, size, hash    `.asstctl/`             loose: while name and size are     loose: nothing
                                               still what the account told
4. content: the hash   nowhere: downloaded     loose or adopted, where the size   1, 2 and 3: then
   of what the account and hashed              is that of a file of ours; to be   nothing is
   gives out                                   used again only after ten minutes  downloaded
5. journal, begun:     this machine, in        loose, where no content is given   1 to 4
   name, size, hash    `.asstctl/`; the id     out, if it came later, and never
   and time            was never heard of      for more uploads than were begun
6. the upload's own    account, on the upload  as 4, and without a download       nothing
   name, where that                            where an environment holds it
   is the hash
7. none                                        the bytes are somebody else's:     1 to 6
                                               never deleted, never shared
=====================  ======================  =================================  ================

*Held*: an object of this project refers to the upload. *Loose*: nothing in the account does. What
is held without a proof is drift; only where the server keeps no proof at all (the stamp then says
``UNKNOWN``) it is no edit, but sent anew when the set of files changes. The name in 1 to 3 is the
one under which the upload was *sent*, kept as a mark of two characters: some accounts show another.

The way of an upload through the modules:

- ``hashing`` hashes the project's files; ``attached`` tells what the account's objects hold (and
  ``sync.templates`` what its environments do), ``lists`` which lists have to be read for that.
- ``reusable`` finds what an apply that was killed left behind, so that it is not sent twice.
- ``pool`` and ``send`` send what is missing, each content once; ``journal`` is told before and
  after; ``differences`` tells what the account made of it; ``proofs`` writes the stamps' records.
- ``recognise`` tells ours from others' among the loose ones; ``garbage`` deletes ours.
- ``identify`` finds out what an adopted object holds; ``download`` reads what is given out.

Losing the journal loses proofs, never data: what it proved is sent again, and the earlier copy
stays in the account until somebody deletes it by hand.
"""
