import { BaseMmu } from './base-mmu.ts';
import { MmuError } from './errors.ts';
import {
  type Access,
  ADDRESS_ERROR,
  ANY_ASID,
  type ChangeListener,
  type Context,
  type Disposable,
  MAPPED,
  type Mmu,
  type MmuState,
  type Translation,
  USER,
} from './translation.ts';

/** Where a guest starts: its reset vector, 0xBFC00000, seen from user mode. */
export const VCPU_START = 0x3fc0_0000;

/** Added to the code of a fault that the second stage raised: `lookup` returns HOST_FAULT + REFILL and the like. */
export const HOST_FAULT = 8;

const UNCACHED = 2;

/** A two-stage translation: a fault says whose it is, the guest's (its kernel handles it) or the host's (the hypervisor does). */
export type StagedTranslation =
  | Extract<Translation, { kind: 'mapped' }>
  | (Exclude<Translation, { kind: 'mapped' }> & {
      readonly stage: 'guest' | 'host';
      /** The address that faulted: virtual for the guest, guest-physical for the host. */
      readonly address: number;
    });

export interface VcpuMapOptions {
  /** The guest's own MMU; its TLB maps the guest's kseg2, and all 2 GB in the guest's user mode. */
  readonly guest: Mmu;
  /** Translates guest-physical addresses, as user-mode addresses of the host. Any model, another VcpuMap too. */
  readonly host: Mmu;
}

/**
 * The address map that MIPS hypervisors without hardware help give their guests: everything runs in the host's user mode,
 * so the guest's kernel segments are squeezed into the lower 2 GB (the map of Xvisor's MIPS port).
 *
 * | guest virtual | guest kernel mode | guest user mode |
 * |---|---|---|
 * | 0x00000000 | kseg0: guest-physical 0, unmapped | useg, by the guest's TLB |
 * | 0x20000000 | kseg1: guest-physical 0, unmapped, uncached | useg |
 * | 0x40000000 | kseg2, by the guest's TLB | useg |
 * | 0x80000000 | address error | address error |
 *
 * What comes out, a guest-physical address, goes through the host's MMU as a second stage. The page is cached only if both
 * stages say so.
 */
export class VcpuMap extends BaseMmu {
  readonly model = 'vcpu';
  readonly guest: Mmu;
  readonly host: Mmu;
  private failedStage: 'guest' | 'host' = 'guest';
  private failedAt = 0;

  constructor({ guest, host }: VcpuMapOptions) {
    super(0);
    for (const [stage, mmu] of Object.entries({ guest, host })) {
      if (typeof mmu?.lookup !== 'function') throw new MmuError('KSEG_MMU_OPTION', `${stage} must be an MMU`, mmu);
    }
    this.guest = guest;
    this.host = host;
  }

  /** As in `Mmu`; a fault also says its `stage` and `address`. `context` is the guest's. */
  override translate(va: number, access: Access, context: Context): StagedTranslation {
    const translation = super.translate(va, access, context);
    return translation.kind === 'mapped'
      ? translation
      : { ...translation, stage: this.failedStage, address: this.failedAt };
  }

  /** As in `Mmu`; faults of the second stage come with HOST_FAULT added. */
  lookup(va: number, access: number, mode: number): number {
    const guest = this.lookupGuest(va | 0, access, mode);
    if (guest !== MAPPED) {
      this.failedStage = 'guest';
      this.failedAt = va >>> 0;
      return guest;
    }
    const address = this.out[0]!;
    const cca = this.out[1]!;
    const through = this.out[2]!;
    const host = this.host.lookup(address, access, USER);
    if (host !== MAPPED) {
      this.failedStage = 'host';
      this.failedAt = address >>> 0;
      return HOST_FAULT + (host & ~HOST_FAULT);
    }
    return this.map(this.host.pa, cca === UNCACHED ? UNCACHED : this.host.cca, through & this.host.pageMask);
  }

  override onChange(listener: ChangeListener): Disposable {
    // What the host changes is known by guest-physical address only, so it may concern any virtual one.
    const subscriptions = [this.guest.onChange(listener), this.host.onChange(() => listener(0, 2 ** 32, ANY_ASID))];
    return {
      dispose: () => {
        for (const subscription of subscriptions) subscription.dispose();
      },
    };
  }

  override save(): MmuState {
    return { ...super.save(), stages: [this.guest.save(), this.host.save()] };
  }

  override load(saved: MmuState): void {
    super.load(saved);
    const [guest, host] = saved.stages ?? [];
    if (guest === undefined || host === undefined) {
      throw new MmuError('KSEG_MMU_STATE', 'a state of a vcpu MMU has two stages, the guest and the host', saved);
    }
    this.guest.load(guest);
    this.host.load(host);
  }

  /** The first stage: leaves guest-physical address, cacheability and page in `out`. */
  private lookupGuest(va: number, access: number, mode: number): number {
    if (va < 0) return ADDRESS_ERROR;
    if (mode !== USER && va < 0x4000_0000)
      return this.map(va & 0x1fff_ffff, va < 0x2000_0000 ? 3 : UNCACHED, 0x1fff_ffff);
    // Below 0x80000000 the guest's own MMU has nothing but its TLB to ask, in whatever mode but ERL.
    const code = this.guest.lookup(va, access, USER);
    return code === MAPPED ? this.map(this.guest.pa, this.guest.cca, this.guest.pageMask) : code;
  }
}
