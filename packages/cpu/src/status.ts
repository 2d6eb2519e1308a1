// Bits of CP0's Status, Cause and Debug (MIPS32 PRA vol. III, §9), and of TCStatus (vol. IV-f).

export const STATUS_IE = 1 << 0;
export const STATUS_EXL = 1 << 1;
export const STATUS_ERL = 1 << 2;
export const STATUS_KSU = 3 << 3;
export const STATUS_NMI = 1 << 19;
export const STATUS_SR = 1 << 20;
export const STATUS_TS = 1 << 21;
export const STATUS_BEV = 1 << 22;
export const STATUS_MX = 1 << 24;
export const STATUS_FR = 1 << 26;
export const STATUS_CU0 = 1 << 28;
export const STATUS_CU1 = 1 << 29;

export const CAUSE_CODE = 0x7c;
export const CAUSE_IP_SOFTWARE = 0x300;
export const CAUSE_IP = 0xff00;
export const CAUSE_WP = 1 << 22;
export const CAUSE_IV = 1 << 23;
export const CAUSE_DC = 1 << 27;
export const CAUSE_CE = 3 << 28;
export const CAUSE_BD = 1 << 31;

/** No interrupts for this thread. */
export const TC_STATUS_IXMT = 1 << 10;

export const DEBUG_DM = 1 << 30;
export const DEBUG_DBD = 1 << 31;
